"""What buyers say of what they got, and what sellers answer; made up for the demo."""

REVIEWS: tuple[tuple[int, str, str | None], ...] = (
    (5, "Đúng như hình, giao sớm hơn hẹn. Sẽ đặt lại.", None),
    (4, "Hàng tươi, hộp hơi móp một góc.", "Cảm ơn bạn, lần sau nhà em lót thêm giấy."),
    (5, "Ngon, ngọt, cả nhà đều thích.", "Cảm ơn bạn đã ủng hộ nhà vườn!"),
    (3, "Trái không đều như lần trước, vị vẫn ngon.", "Đợt này mưa nhiều, mong bạn thông cảm."),
    (5, "", None),
    (4, "Gói kỹ, có mã lô quét ra đúng vườn.", None),
)
