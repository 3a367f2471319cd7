"""The people of the demo world: all invented, as are the farms, boats, hosts and addresses."""

from api.simulation.facts_shapes import (
    BuyerFacts,
    CooperativeFacts,
    NewFarmFacts,
    PersonFacts,
    SellerFacts,
    Words,
)

PEOPLE: tuple[PersonFacts, ...] = (
    # Those who own or work on a farm, a boat or a house for guests.
    PersonFacts("ka-hoa", "Ka Hòa"),
    PersonFacts("k-tiep", "K'Tiệp"),
    PersonFacts("nguyen-van-tu", "Nguyễn Văn Tư"),
    PersonFacts("tran-thi-bay", "Trần Thị Bảy"),
    PersonFacts("k-brep", "K'Brếp"),
    PersonFacts("ka-duyen", "Ka Duyên"),
    PersonFacts("le-mai-phuong", "Lê Thị Mai Phương"),
    PersonFacts("do-quang-huy", "Đỗ Quang Huy"),
    PersonFacts("pham-thu-suong", "Phạm Thu Sương"),
    PersonFacts("vu-dinh-khai", "Vũ Đình Khải"),
    PersonFacts("vu-ngoc-han", "Vũ Ngọc Hân"),
    PersonFacts("k-broi", "K'Brôi"),
    PersonFacts("ka-thuy", "Ka Thủy"),
    PersonFacts("dieu-krang", "Điểu Krang"),
    PersonFacts("h-mai", "H'Mai"),
    PersonFacts("pham-thi-hang", "Phạm Thị Hằng"),
    PersonFacts("tran-quoc-bao", "Trần Quốc Bảo"),
    PersonFacts("nguyen-thi-lai", "Nguyễn Thị Lài"),
    PersonFacts("huynh-van-tien", "Huỳnh Văn Tiến"),
    PersonFacts("huynh-thi-nga", "Huỳnh Thị Nga"),
    PersonFacts("nguyen-van-hai", "Nguyễn Văn Hải"),
    PersonFacts("vo-minh-duc", "Võ Minh Đức"),
    PersonFacts("tran-thi-sau", "Trần Thị Sáu"),
    PersonFacts("ngo-van-loi", "Ngô Văn Lợi"),
    PersonFacts("dang-thi-lieu", "Đặng Thị Liễu"),
    PersonFacts("k-dong", "K'Đông"),
    PersonFacts("ka-lien", "Ka Liên"),
    PersonFacts("h-loan", "H'Loan"),
    PersonFacts("y-thinh", "Y Thịnh"),
    PersonFacts("dang-thi-huong", "Đàng Thị Hương"),
    PersonFacts("thong-minh-toan", "Thông Minh Toàn"),
    # Those who run the cooperatives.
    PersonFacts("bui-thi-hanh", "Bùi Thị Hạnh"),
    PersonFacts("cao-minh-tri", "Cao Minh Trí"),
    PersonFacts("k-suyen", "K'Suyên"),
    PersonFacts("ka-ngoc", "Ka Ngọc"),
    PersonFacts("hoang-thi-van", "Hoàng Thị Vân"),
    PersonFacts("y-bang", "Y Bang"),
    PersonFacts("le-van-chin", "Lê Văn Chín"),
    PersonFacts("mai-thi-kieu", "Mai Thị Kiều"),
    PersonFacts("phan-van-be", "Phan Văn Bé"),
    # Those who help sellers without a phone, and those who keep the market.
    PersonFacts("dinh-thu-ha", "Đinh Thu Hà"),
    PersonFacts("luong-gia-khanh", "Lương Gia Khánh"),
    PersonFacts("ta-bich-ngoc", "Tạ Bích Ngọc"),
    # Who sells visits on to travellers elsewhere.
    PersonFacts("vuong-gia-an", "Vương Gia An"),
)

COOPERATIVES: tuple[CooperativeFacts, ...] = (
    CooperativeFacts(
        key="suong-mai",
        name="HTX Sương Mai",
        commune="24778",
        address="18 hẻm Đồi Sương",
        manager="bui-thi-hanh",
        accountant="cao-minh-tri",
        weigh_master="k-suyen",
        share_basis_points=1000,
        story=Words(
            "Rau, dâu và cà phê của các vườn quanh Đà Lạt, gom và cân chung mỗi sáng.",
            "Vegetables, strawberries and coffee of the gardens around Đà Lạt, gathered and weighed together each morning.",
        ),
    ),
    CooperativeFacts(
        key="hat-nau",
        name="HTX Hạt Nâu",
        commune="25000",
        address="Tổ 4, đường Đồi Cà Phê",
        manager="ka-ngoc",
        accountant="hoang-thi-van",
        weigh_master="y-bang",
        share_basis_points=800,
        story=Words(
            "Cà phê, tiêu, điều và bơ vùng đất đỏ, phơi và phân loại chung một sân.",
            "Coffee, pepper, cashew and avocado of the red-earth country, dried and sorted on one yard.",
        ),
    ),
    CooperativeFacts(
        key="ghe-ve-som",
        name="HTX Ghe Về Sớm",
        commune="22945",
        address="7 bến Cồn Cát",
        manager="le-van-chin",
        accountant="mai-thi-kieu",
        weigh_master="phan-van-be",
        share_basis_points=700,
        story=Words(
            "Các ghe gần bờ và nhà làm nước mắm, bán theo mẻ ghe về trong ngày.",
            "Inshore boats and a fish-sauce house that sell each day's landing as it comes.",
        ),
    ),
)

SELLERS: tuple[SellerFacts, ...] = (
    SellerFacts(
        key="ka-hoa",
        kind="farm",
        name="Vườn Ka Hòa",
        commune="24778",
        address="Hẻm 5, đường Đồi Dâu",
        people=("ka-hoa", "k-tiep"),
        cooperative="suong-mai",
        story=Words(
            "Ba sào dâu trong nhà kính, hái lúc trời còn sương.",
            "A small glasshouse of strawberries, picked while the mist is still down.",
        ),
    ),
    SellerFacts(
        key="ong-tu",
        kind="farm",
        name="Vườn ông Tư",
        commune="24934",
        address="Thôn Suối Thông",
        people=("nguyen-van-tu", "tran-thi-bay"),
        cooperative="suong-mai",
        story=Words(
            "Rau củ quanh năm, thêm vài chục gốc hồng già của ông nội để lại.",
            "Vegetables all year, and a few dozen old persimmon trees that a grandfather planted.",
        ),
    ),
    SellerFacts(
        key="k-brep",
        kind="farm",
        name="Rẫy K'Brếp",
        commune="24846",
        address="Đường lên Đồi Lửa",
        people=("k-brep", "ka-duyen"),
        cooperative="suong-mai",
        story=Words(
            "Arabica dưới bóng thông chân núi Lang Biang, hái chín từng trái.",
            "Arabica under the pines at the foot of Lang Biang, picked one ripe cherry at a time.",
        ),
    ),
    SellerFacts(
        key="doi-thong",
        kind="farm",
        name="Nhà rang Đồi Thông",
        commune="24805",
        address="Đồi Thông, đường Cầu Đất",
        people=("le-mai-phuong", "do-quang-huy"),
        cooperative=None,
        story=Words(
            "Trồng, sơ chế và rang ngay trên đồi, mẻ nhỏ, ghi ngày rang trên từng gói.",
            "Grown, processed and roasted on the hill in small batches, the roasting day on every bag.",
        ),
    ),
    SellerFacts(
        key="hoa-suong",
        kind="farm",
        name="Nhà kính Hoa Sương",
        commune="24778",
        address="42 đường Vườn Hoa",
        people=("pham-thu-suong",),
        cooperative=None,
        story=Words(
            "Hoa cắt buổi chiều, đóng thùng ban đêm, sáng hôm sau đã tới phố.",
            "Cut in the afternoon, packed at night, in town the next morning.",
        ),
    ),
    SellerFacts(
        key="may-trang",
        kind="farm",
        name="Đồi trà Mây Trắng",
        commune="24829",
        address="Km 3, đường Đồi Trà",
        people=("vu-dinh-khai", "vu-ngoc-han"),
        cooperative=None,
        story=Words(
            "Ba đời làm trà B'Lao, hái một tôm hai lá.",
            "Three generations of B'Lao tea, plucked as one bud and two leaves.",
        ),
    ),
    SellerFacts(
        key="k-broi",
        kind="farm",
        name="Rẫy Đồi Gió",
        commune="25000",
        address="Thôn Đồi Gió",
        people=("k-broi", "ka-thuy"),
        cooperative="hat-nau",
        story=Words(
            "Hai héc-ta Robusta, phơi trên giàn, không phơi dưới đất.",
            "Two hectares of Robusta, dried on racks and never on the ground.",
        ),
    ),
    SellerFacts(
        key="dieu-krang",
        kind="farm",
        name="Vườn Điểu Krang",
        commune="24739",
        address="Bon Suối Điều",
        people=("dieu-krang", "h-mai"),
        cooperative="hat-nau",
        story=Words(
            "Tiêu leo trụ cây sống, điều và khoai lang trồng xen.",
            "Pepper on living posts, with cashew and sweet potatoes between.",
        ),
    ),
    SellerFacts(
        key="dat-do",
        kind="farm",
        name="Vườn bơ Đất Đỏ",
        commune="24664",
        address="Tổ 2, đường Hồ Tây",
        people=("pham-thi-hang",),
        cooperative="hat-nau",
        story=Words(
            "Bơ và mắc ca trên đất đỏ bazan, cắt cuống từng trái, không hái non.",
            "Avocados and macadamias on red basalt earth, cut by the stem and never picked unripe.",
        ),
    ),
    SellerFacts(
        key="suoi-da",
        kind="farm",
        name="Vườn Suối Đá",
        commune="25099",
        address="Thôn Suối Đá",
        people=("tran-quoc-bao", "nguyen-thi-lai"),
        cooperative=None,
        story=Words(
            "Vườn sầu riêng ven suối, trái già mới cắt, gõ từng trái trước khi gửi.",
            "A durian orchard by a stream; fruit is cut when mature and knocked one by one before it leaves.",
        ),
    ),
    SellerFacts(
        key="ba-tien",
        kind="farm",
        name="Vườn thanh long Ba Tiến",
        commune="23110",
        address="Thôn Nắng Ấm",
        people=("huynh-van-tien", "huynh-thi-nga"),
        cooperative=None,
        story=Words(
            "Một nghìn hai trăm trụ thanh long, mùa nghịch chong đèn cả vườn.",
            "Twelve hundred posts of dragon fruit, the whole garden under lamps out of season.",
        ),
    ),
    SellerFacts(
        key="nam-hai",
        kind="boat",
        name="Ghe Năm Hải",
        commune="22945",
        address="Bến Cồn Cát",
        people=("nguyen-van-hai", "vo-minh-duc"),
        cooperative="ghe-ve-som",
        story=Words(
            "Ghe câu gần bờ, chiều đi sáng về, đá lạnh không ngâm.",
            "An inshore line boat, out at dusk and back at dawn; chilled on ice, never soaked.",
        ),
    ),
    SellerFacts(
        key="co-sau",
        kind="boat",
        name="Ghe cô Sáu Phú Quý",
        commune="23272",
        address="Bến Bãi Đá",
        people=("tran-thi-sau", "ngo-van-loi"),
        cooperative="ghe-ve-som",
        story=Words(
            "Ghe nhỏ ngoài đảo, mùa biển êm thì chở khách ngắm san hô.",
            "A small island boat that takes guests to the coral when the sea is calm.",
        ),
    ),
    SellerFacts(
        key="ba-lieu",
        kind="farm",
        name="Nhà thùng Bà Liễu",
        commune="22924",
        address="23 hẻm Cá Cơm",
        people=("dang-thi-lieu",),
        cooperative="ghe-ve-som",
        story=Words(
            "Cá cơm và muối, ủ mười hai tháng trong thùng gỗ, rút nước nhỉ.",
            "Anchovy and salt, twelve months in wooden vats, the first draw kept apart.",
        ),
    ),
    SellerFacts(
        key="lua-thong",
        kind="host",
        name="Nhóm cồng chiêng Lửa Thông",
        commune="24846",
        address="Nhà dài cuối đường Đồi Lửa",
        people=("k-dong", "ka-lien"),
        cooperative=None,
        story=Words(
            "Mười tám người trong làng, đánh chiêng và kể chuyện bên lửa.",
            "Eighteen people of one village who play the gongs and tell stories by the fire.",
        ),
    ),
    SellerFacts(
        key="ho-xanh",
        kind="host",
        name="Vườn Hồ Xanh",
        commune="24637",
        address="Bon Bờ Hồ",
        people=("h-loan", "y-thinh"),
        cooperative=None,
        story=Words(
            "Vườn bơ, xoài nhìn xuống hồ Tà Đùng, có thuyền nhỏ đưa qua các đảo.",
            "An avocado and mango garden above Tà Đùng lake, with a small boat between its islands.",
        ),
    ),
    SellerFacts(
        key="gom-cham",
        kind="host",
        name="Nhà gốm Bàu Sen",
        commune="23005",
        address="Xóm Lò Gốm",
        people=("dang-thi-huong", "thong-minh-toan"),
        cooperative=None,
        story=Words(
            "Gốm Chăm nặn tay, người đi vòng quanh gốm chứ không có bàn xoay.",
            "Chăm pottery shaped by hand: no wheel turns, the potter walks around the pot.",
        ),
    ),
)

BUYERS: tuple[BuyerFacts, ...] = (
    BuyerFacts(
        PersonFacts("nguyen-thanh-truc", "Nguyễn Thanh Trúc"), "24781", "214/6 đường Hoa Giấy"
    ),
    BuyerFacts(
        PersonFacts("emma-lindholt", "Emma Lindholt", "en"),
        "24778",
        "Nhà nghỉ Bến Xanh, 12 dốc Thông Reo",
    ),
    BuyerFacts(
        PersonFacts("tran-hoai-nam", "Trần Hoài Nam"), "22945", "Số 9, ngõ 31 đường Hàng Cốm"
    ),
    BuyerFacts(PersonFacts("le-bao-tran", "Lê Bảo Trân"), "22960", "57 đường Sóng Biếc"),
    BuyerFacts(PersonFacts("pham-gia-han", "Phạm Gia Hân"), "24823", "12 đường Rạch Sen"),
    BuyerFacts(PersonFacts("vo-anh-kiet", "Võ Anh Kiệt"), "22918", "88 đường Bãi Dừa"),
    BuyerFacts(PersonFacts("dang-kim-ngan", "Đặng Kim Ngân"), "24829", "Tổ 7, đường Bưởi Hồng"),
    BuyerFacts(PersonFacts("hoang-duc-thang", "Hoàng Đức Thắng"), "23235", "31 hẻm Hải Đăng"),
    BuyerFacts(PersonFacts("ngo-thuy-linh", "Ngô Thùy Linh"), "24787", "6 dốc Mimosa Vàng"),
    BuyerFacts(PersonFacts("bui-quoc-viet", "Bùi Quốc Việt"), "22945", "45 đường Cá Bạc"),
    BuyerFacts(PersonFacts("y-khanh-nie", "Y Khánh Niê"), "24611", "103 đường Bơ Sáp"),
    BuyerFacts(PersonFacts("daniel-oakmere", "Daniel Oakmere", "en"), "24846", "2 hẻm Sen Trắng"),
)

# Who plays which part of the demo; the names of the parts are those of demo.json.
CAST: dict[str, str] = {
    "farmer": "ka-hoa",
    "second_farmer": "nguyen-van-tu",
    "buyer": "nguyen-thanh-truc",
    "tourist": "emma-lindholt",
    "host": "k-dong",
    "manager": "bui-thi-hanh",
    "accountant": "cao-minh-tri",
    "agent": "dinh-thu-ha",
    "moderator": "luong-gia-khanh",
    "administrator": "ta-bich-ngoc",
}

# What demo.json names to look at: whose it is on the stage, and its key there.
EXAMPLES: dict[str, tuple[str, str]] = {
    "listing": ("listings", "strawberry-nz"),
    "experience": ("experiences", "strawberry-morning"),
    "boat": ("experiences", "phu-quy-crossing"),
    "stay": ("experiences", "phu-quy-house"),
    "lot": ("lots", "strawberry-nz"),
    "cooperative": ("organisations", "suong-mai"),
    "farm": ("organisations", "ka-hoa"),
}

# Who resells, with the name of the agency and its commune, and a visit sold out by it.
RESELLER = ("vuong-gia-an", "Lữ hành Mây Cao Nguyên", "24778")
RESOLD, RESOLD_SEATS = "lang-biang-jeep", 6

# What waits for the market's people when the story ends.
NEW_FARM = NewFarmFacts(
    owner="k-tiep",
    name="Rẫy Suối Mây",
    commune="24846",
    statement="Rẫy mới làm, một héc-ta cà phê chè. Giấy tờ đất đang ở xã, tuần sau có.",
)
COMPLAINT = "Hộp có mấy trái dập, chắc lúc chở. Phần còn lại ngon."
SHORT_WEIGHT = "Thiếu cân so với trên nhãn."
BANK, ACCOUNT = "970436", "0071001234567"  # of a buyer who names one
HELPED, ASKED = "ka-hoa", "ong-tu"  # whom the agent sells for, and whom they would like to
LISTED = "strawberry-nz"  # what the agent sells more of
