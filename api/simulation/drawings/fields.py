"""Vegetables, coffee, tea, pepper and flowers."""

TEXT = """
spud: round $ c -110,-6 -78,-58 0,-70 84,-52 118,4 78,56 -8,66 -84,50; dots $-45 .6 8 0,0 84,44 4;
    glow fff6dc .4 -36,-24 50,28
potato: put cream|meadow 0,0; put wood 0,640; flat 5a3e22 o 640,440 372,70;
    heap spud 158 640,440 300,200 1.02 40 dcb268|cfa25c|e2bd7c; put sack 640,440;
    put shadow 130,880 1.3; put spud 130,820 .9 -10 d8ae66; put shadow 1120,890 1.4;
    put spud 1120,830 1 16 dcb268; put shadow 1010,926 1.1; put spud 1000,890 .8 -20 cfa25c
yam: round $ c -170,0 -120,-46 -20,-64 80,-50 150,-14 186,4 140,34 60,60 -40,62 -130,38;
    line $-30 3 -80,-20 -50,-26 -30,-22; line $-30 3 40,10 80,6 100,12;
    glow ffe0e4 .35 -40,-26 70,26
yamhalf: round a3405c 5a1c34 o 0,0 70,66; round ffe98e f0c048 o 0,0 60,56;
    dots fff6c0 12 0,0 44,40 4
sweet-potato: put cream|blush 0,0; put wood 0,620;
    down 7a5630 5e4022 p 190,420 1090,420 1110,560 170,560;
    heap yam 200 640,470 350,120 1.05 24 a83e5e|963856|b34a66;
    down d8aa70 b98448 p 150,530 1130,530 1090,880 190,880;
    down e6bf88 d0a064 p 140,520 1140,520 1136,556 144,556; flat 8a5c30 .5 o 640,700 90,34;
    flat b98448 o 640,704 78,26; put shadow 1130,906 1.1; put yamhalf 1130,850 1.1;
    put shadow 170,906 1.8; put yam 190,860 .84 -6 a83e5e
frond: line $-20 6 0,0 60,-6 150,0; fan leaf 5 40,-4 -60,60 .5; fan leaf 5 90,-4 -60,60 .5;
    fan leaf 5 140,0 -50,50 .5
carrotroot: fan frond 4 0,10 -118,-62 1.1 4f9f45;
    round ff9a30 d0560e c 0,0 44,12 56,54 40,220 14,420 0,456 -14,420 -40,220 -56,54 -44,12;
    line c9581a 4 -46,70 -10,78; line c9581a 4 12,120 38,114; line c9581a 4 -34,190 -8,196;
    line c9581a 4 4,270 24,264; glow ffffff .4 -18,100 16,110
carrot: put planks 0,0; glow 2a1a14 .4 650,600 460,330; fan carrotroot 4 640,300 48,-48 1.2;
    fan carrotroot 3 640,330 26,-26 1.28; line e8d6a8 18 560,352 640,372 720,352;
    line cdb880 6 560,364 640,384 720,364
tomatored: round ff6a4a b01c1c c 0,-66 60,-72 92,-20 82,50 0,80 -82,50 -92,-20 -60,-72;
    glow ffffff .7 -34,-28 32,24; fan leaf 5 0,-60 -20,290 .52 4f9a3f; line 4c8a3a 8 0,-60 8,-92
tomato: put meadow|cream|mint 0,0; put wood 0,640; put handle 640,500; put hollow 640,500;
    heap tomatored 112 640,480 370,220 .7 14; put basket 640,520;
    line 4c8a3a 10 960,800 1040,780 1120,800 1200,780; put shadow 1090,906 2.2;
    put tomatored 1000,856 .74 10; put tomatored 1090,860 .78 -8; put tomatored 1176,850 .7 6;
    put shadow 180,900 1.1; put tomatored 180,846 .86 -8
frill: round $ $-34 c 0,0 60,-60 130,-96 178,-78 206,-96 232,-60 262,-46 256,-8 278,14 252,40
        248,76 208,78 186,104 130,90 60,60;
    line $+34 4 130,-90 178,-74 206,-90 230,-58 258,-46 252,-8 272,14 248,40 244,74 208,74 186,98
        130,86; line $+46 8 10,0 100,-4 220,0; line $+30 3 60,0 130,-30 200,-50;
    line $+30 3 60,0 130,34 200,50
lettucehead: fan frill 5 0,60 -168,-12 1.1 $-22; fan frill 4 0,70 -146,-34 .92 $;
    fan frill 3 0,80 -116,-64 .72 $+26
lettuce: put meadow|mint 0,0; put wood 0,660;
    down 6d4a2a 8a6238 p 110,420 1170,420 1170,640 110,640;
    row lettucehead 3 330,400 950,400 1.2 5 4f9e2f; put lettucehead 480,520 1.2 -4 8a3a58;
    put lettucehead 820,520 1.2 4 6ab83a; put crate 640,560
bean: round $ c -46,0 -34,-26 0,-34 34,-26 46,0 34,26 0,34 -34,26;
    line $-50 5 -40,3 -14,-7 12,7 40,-3
cherrybranch: line 6d5230 10 0,0 160,-30 330,-24 520,-70; fan leaf 2 60,-6 -70,60 2 2f7a45;
    fan leaf 2 200,-26 -76,62 2.1 3a8a4e; fan leaf 2 350,-26 -70,56 2 2f7a45;
    fan leaf 2 490,-60 -60,30 2 3a8a4e; scatter cherry 7 120,-6 40,34 1;
    scatter cherry 8 270,-14 44,36 1; scatter cherry 7 420,-34 40,34 1
cherry: round ff6a55|f4503f|e8402f|ff9444 9c1420 o 0,0 26,27; glow ffffff .7 -8,-9 11,9
cup: glow 2a1a14 .55 20,190 290,50; flat d8d3ca o 0,172 236,52; flat fbf8f2 o 0,162 236,50;
    flat d9d2c6 o 0,162 130,24; line e2dcd0 26 150,20 214,10 226,76 170,114 120,116;
    tube d3cabb ffffff f5f0e6 cfc5b4 b5a995 c -168,0 -158,66 -112,142 -66,166 66,166 112,142 158,66
        168,0 84,28 -84,28; flat ffffff o 0,0 170,42; round $+10 $-50 o 0,4 154,34;
    glow ffe9c0 .4 -50,2 70,16
coffeebag: put kraft 0,0 1 0 $; flat fff4dc o 0,-210 98,98; flat $-30 o 0,-210 88,88;
    put bean 0,-210 1.3 -40 f2e0c0
coffeetable: put cream|blush|meadow 0,0; put wood 0,600; put cherrybranch -20,560 1 -8
arabica-cau-dat: put coffeetable 0,0; put coffeebag 950,820 1.05 0 b98a58; put hollow 420,620 .8;
    heap bean 62 420,636 280,170 .86 180 8a5232|7a4428|6d3d20; put bowl 420,630 .86 0 b07a44;
    scatter bean 12 700,900 460,40 .9 180 7a4428
arabica-honey: put coffeetable 0,0; put coffeebag 370,830 1.1 0 d9a441; put steam 890,560 1.2;
    put cup 890,640 1.1 0 6a3818; scatter bean 18 640,890 480,50 1 180 8f5a34|7a4428
arabica-lang-biang: down a8d4ea fdeccb p 0,0 1280,0 1280,960 0,960; hills a9c6c9 520 260 2;
    hills 5f9a78 620 170 3; put wood 0,620; put hollow 640,560 .92;
    heap bean 64 640,580 330,230 .9 180 8a5232|7a4428|6d3d20; put bowl 640,570 1 0 9a6434;
    put cherrybranch 900,850 .8 -10; scatter bean 12 300,900 260,36 1 180 7a4428
arabica-green: put cream|mint 0,0; put wood 0,640; put cherrybranch 780,330 1 -10;
    flat 5a3e22 o 640,440 372,70; heap bean 64 640,450 330,200 .86 180 b9c29a|a8b58a|c6c8a4;
    put sack 640,440; scatter bean 14 640,910 560,30 .86 180 b0ba90
robusta-green: put planks 0,0; put tray 640,480 1.04;
    scatter bean 330 640,480 350,340 .74 180 c9b184|b9a674|d3bf92|a8a070;
    put cherrybranch 820,820 .9 -30
phin: tube 8a949a eef3f5 b9c3c8 7a858c 5a656c p -110,-150 110,-150 96,-20 -96,-20;
    tube 8a949a eef3f5 b9c3c8 7a858c p -126,-170 126,-170 120,-146 -120,-146;
    tube 8a949a f6fafb b9c3c8 6a757c p -160,-24 160,-24 150,0 -150,0;
    round eef3f5 7a858c o 0,-180 24,18
robusta-roasted: put blush|cream 0,0; put wood 0,600; put cherrybranch 780,520 1 -14;
    put shadow 420,850 2.2; tube e9f1f1 ffffff d3dede p 290,500 550,500 520,840 320,840;
    tube 2a1208 5a3018 2a1208 160803 p 310,640 530,640 518,832 322,832;
    tube e8d2a8 fff2d6 d8bd8c p 318,780 522,780 518,832 322,832; glow ffffff .5 340,640 16,150;
    put phin 420,500 1.1; put hollow 890,680 .72;
    heap bean 62 890,696 250,150 .9 180 54301c|45261a|3a1e12; put bowl 890,690 .76 0 8a5a34;
    scatter bean 12 640,910 520,30 .95 180 45261a
peppercorn: round $ $-50 o 0,0 22,22
vine: line 7a6a3a 14 0,0 160,50 340,30 520,-80; fan leaf 3 60,20 -30,130 2.2 3c8a48;
    fan leaf 3 240,44 -40,120 2.2 3c8a48; fan leaf 3 420,0 -40,130 2.2 3c8a48;
    row string 4 90,50 420,50 1 8
string: scatter berry 16 0,110 20,110 1; row berry 8 0,10 0,230 1
berry: round a9d46b|b9dc7c|ef6a4c 3d7a35 o 0,0 17,17
pepper-black: put meadow|cream 0,0; put pale 0,600; put vine -30,60 1; put hollow 640,540 .92;
    heap peppercorn 40 640,560 340,200 1 0 4a3c34|3a302a|54443a; put bowl 640,550 1 0 a8703c;
    scatter peppercorn 40 330,890 250,40 1 0 4a3c34
pepper-white: put meadow|blush 0,0; put wood 0,600; put vine 780,60 1;
    flat 5a3e22 o 640,440 372,70; heap peppercorn 40 640,450 340,190 1 0 e6d8b8|d9c7a3|f0e6cc;
    put sack 640,440; scatter peppercorn 40 1010,905 220,30 1 0 e6d8b8
pepper-red: put cream|mint 0,0; put pale 0,600; put vine -30,60 1; put glassjar 640,850 1.15;
    put pepperfill 640,850 1.15; put jarlid 640,850 1.15 0 8a5a34;
    scatter peppercorn 44 960,880 240,44 1 0 b8402c|9a3020
pepperfill: tube 7a2a1c b84830 a03824 7a2418 p -140,-320 140,-320 140,-14 -140,-14;
    row pepperrow 11 0,-320 0,-24; scatter peppercorn 60 0,-170 124,140 .94 0 cc4c34|a83424;
    put jarshine 0,0
pepperrow: row peppercorn 9 -128,0 128,0 .9 0 c0442e|a83424|8f2a1e
teapot: glow 2a1a14 .55 20,190 330,54; line $-20 34 190,-30 300,-70 330,30 210,110;
    round $-10 $-45 c -190,20 -260,-40 -330,-130 -290,-150 -200,-80 -150,-60;
    round $+24 $-46 c -220,40 -180,-80 -60,-130 60,-130 180,-80 220,40 170,150 60,190 -60,190
        -170,150; round $+20 $-40 c -120,-110 -60,-160 60,-160 120,-110 0,-92;
    round $+30 $-30 o 0,-176 28,26; glow ffffff .4 -90,-30 70,60
teacup: glow 2a1a14 .5 10,86 140,26;
    tube cfd8d2 ffffff eef2ea b8c4bc c -110,0 -92,56 -50,86 50,86 92,56 110,0 50,18 -50,18;
    flat ffffff o 0,0 110,30; round $ $-30 o 0,2 98,24
curl: round $ c -30,-6 -10,-26 20,-22 32,0 20,22 -10,24 -28,12 -8,2; line $-40 4 -16,-4 4,-10 18,2
oolong: down b8dff0 fdf3d4 p 0,0 1280,0 1280,960 0,960; hills a9cfae 520 200 3;
    hills 6fae6a 600 120 2; put wood 0,580; put teapot 420,600 1.15 0 8a4a34; put steam 760,640 .7;
    put teacup 760,740 1.1 0 e0b24a; put teacup 600,830 .9 0 e0b24a; put hollow 1010,700 .5;
    heap curl 44 1010,716 180,90 .86 180 4a5a34|5a6a3a|3a4a30; put bowl 1010,706 .54 0 caa06a;
    fan leaf 3 300,900 -30,20 1.8 4f9a45
bract: round $ c 0,0 -40,-40 -30,-90 0,-124 0,-124 30,-90 40,-40; line $-26 3 0,-10 0,-100
artichoke: line 6a8a4a 40 0,100 10,240; fan bract 7 0,40 -100,100 1.4 6f9a62;
    fan bract 6 0,60 -74,74 1.3 7fa86c; fan bract 5 0,84 -56,56 1.2 8fb678;
    fan bract 3 0,110 -26,26 1.1 a0c286; fan leaf 3 10,230 -60,60 1.6 5d8f5a
teabag: line f4f0e6 4 0,-150 -6,-60 0,0; flat 7fa86c p -34,-190 34,-190 34,-140 -34,-140;
    down f6efdc e0d0ac p -56,0 56,0 64,110 -64,110; flat 9a8a50 .5 p -58,50 58,50 62,104 -62,104
artichoke-tea: put mint|meadow 0,0; put pale 0,600; put shadow 330,860 2.6;
    down 5f9a5a 2f6a3a p 130,330 530,330 530,860 130,860;
    down 79b06c 4f8a50 p 130,330 180,270 580,270 530,330;
    down 3f7a44 23542e p 530,330 580,270 580,800 530,860; flat f6f2dc o 330,590 150,170;
    put artichoke 330,580 .82; put steam 860,560 1; put cup 880,660 1.1 0 c98a20;
    put teabag 1160,730 1.1 -8; put artichoke 620,800 .66 -10
petal: round $+22 $-20 c 0,0 30,-14 66,-20 94,-14 104,0 94,14 66,20 30,14
roseflower: round $-40 $-55 o 0,0 104,98; ring rosepetal 6 0,0 50,46 .96 $+4;
    ring rosepetal 5 0,0 34,31 .84 $-14; ring rosepetal 5 0,0 22,20 .62 $+6;
    ring rosepetal 4 0,0 12,11 .42 $-20; round $-40 $-60 o 0,0 12,10
rosepetal: round $+16 $-46 o 0,0 64,60
floret: both round $+24 $-22 c 0,0 8,-24 30,-24 26,-2; both round $+24 $-22 c 0,0 26,2 30,24 8,24;
    flat $+50 o 0,0 5,5
mophead: round $-20 $-50 o 0,0 150,140; scatter floret 34 0,0 128,118 1.05 60;
    glow ffffff .25 -50,-50 90,80
mum: ring petal 18 0,0 20,20 1.02 $-22; ring petal 15 0,0 14,14 .84 $-6;
    ring petal 12 0,0 8,8 .64 $+10; ring petal 8 0,0 2,2 .42 $+20; round $ $-30 o 0,0 16,16
wrap: down $-16 $-34 c -300,-330 0,-420 300,-330 180,-60 0,-20 -180,-60;
    tube $-4 $+24 $-20 p 0,-150 -350,-330 -330,-260 -90,180 0,200;
    tube $-8 $+20 $-28 p 0,-150 350,-330 330,-260 90,180 0,200;
    down e2607f a83450 p -136,20 136,20 126,56 -126,56; put bow 0,40 .9
bouquet: fan leaf 9 0,-160 -165,-15 4.6 4a9152
rose-red: put blush|cream|lilac 0,0; put pale 0,780; put shadow 640,900 3; put bouquet 640,640 1;
    put wrap 640,700 1 0 e6d3b4; scatter roseflower 12 640,300 300,190 1.14 40 d81e38|c81832;
    row roseflower 3 450,500 830,500 1.1 40 c81832
hydrangea: put mint|cream|meadow 0,0; put pale 0,780; put shadow 640,900 3;
    put bouquet 640,640 1.05; put wrap 640,700 1 0 f4efe4; put mophead 640,220 1.1 0 5f86d8;
    put mophead 420,320 1.1 20 7c74d0; put mophead 860,320 1.1 -20 4f9ad8;
    put mophead 640,440 1.2 0 6f9be4
chrysanthemum: put mint|lilac|cream 0,0; put pale 0,780; put shadow 640,900 3;
    put bouquet 640,640 1; put wrap 640,700 1 0 d9c49a;
    scatter mum 13 640,310 320,200 1.2 30 f6c21e|ffd23f|f0b012;
    row mum 3 450,510 830,510 1.2 30 ffd23f
orchid: ring broad 5 0,0 6,6 1 $; round $-4 $-30 c 0,10 34,20 30,60 0,74 -30,60 -34,20;
    dots b02848 8 0,44 20,22 4; round ffe9a0 d9a02a o 0,10 14,16
broad: round $+30 $-22 c 0,0 26,-18 60,-29 92,-18 104,0 92,18 60,29 26,18
blade: round $ c 0,0 80,-14 200,-16 300,-6 340,0 340,0 300,6 200,12 80,12
spray: line 6a8f4a 12 0,0 -20,-300 -120,-470 -330,-540; row orchid 2 -340,-536 -216,-520 .74 12;
    row orchid 3 -110,-440 -30,-200 .84 12; row orchid 2 40,-290 60,-110 .84 12
cymbidium: put blush|cream 0,0; put pale 0,760; put shadow 640,900 2.6;
    fan blade 13 640,700 -165,-15 1.7 3f8a4a; put spray 620,700 1.1 6 f2c94a|f0a0b4|d9e27a;
    put spray 700,700 1 62 f2c94a|f0a0b4; put spray 660,700 .86 30 f6d878;
    tube b93a3a e06a50 b03030 7a1c20 p 470,660 810,660 760,900 520,900;
    tube b93a3a ee8060 b83636 7a1c20 p 450,640 830,640 824,690 456,690
fleshy: round $ c 0,0 44,-34 92,-38 128,-10 140,0 128,10 92,38 44,34
rosette: ring fleshy 11 0,0 22,14 1.05 $-16; ring fleshy 9 0,-4 14,8 .88 $-4;
    ring fleshy 8 0,-8 8,4 .66 $+10; ring fleshy 5 0,-12 3,2 .42 $+26
claypot: glow 2a1a14 .6 12,236 170,32; tube $ p -110,10 110,10 84,236 -84,236;
    tube $+8 p -130,-20 130,-20 124,44 -124,44; flat 4a2f20 o 0,-18 128,26
succulent: put mint|lilac|cream 0,0; put pale 0,700; put claypot 290,560 1.2 0 c8703f;
    put rosette 290,530 1.16 0 6fae8c; put claypot 990,560 1.2 0 d9b48a;
    put rosette 990,530 1.16 0 b58aa8; put claypot 640,580 1.4 0 b5674a;
    put rosette 640,540 1.45 0 8fb86a
"""
