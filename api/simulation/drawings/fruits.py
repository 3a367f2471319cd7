"""Fruit and nuts."""

TEXT = """
strawberry: round $+10 $-38 c 0,-78 52,-88 88,-52 84,4 56,62 0,112 -56,62 -84,4 -88,-52 -52,-88;
    dots ffd98a|ffe2a0 28 0,0 66,76 4; glow ffffff .5 -36,-34 46,40;
    fan leaf 7 0,-82 -14,194 .62 58ac4c; line 4c9a45 9 0,-84 6,-112 18,-132
smallberry: round $+10 $-38 c 0,-78 52,-88 88,-52 84,4 56,62 0,112 -56,62 -84,4 -88,-52 -52,-88;
    dots ffe2a0 8 0,10 56,60 7; fan leaf 3 0,-82 20,160 .7 58ac4c
paleberry: round fff1e6 f2b7ae c 0,-78 52,-88 88,-52 84,4 56,62 0,112 -56,62 -84,4 -88,-52 -52,-88;
    dots d8394a 24 0,0 62,74 5; fan leaf 7 0,-82 -14,194 .62 6cb65a
punnet: glow 2a1a14 .5 0,250 560,60; down $ p -430,0 430,0 370,250 -370,250;
    down $+35 $ p -446,-16 446,-16 442,22 -442,22
strawberry-nz: put blush|mint|cream 0,0; put pale 0,640; fan leaf 3 200,560 195,285 2.6 3c8f4a;
    fan leaf 3 1090,560 -100,-10 2.6 3c8f4a; flat 8a5f3c p 214,460 1066,460 1090,560 190,560;
    row strawberry 6 310,400 970,400 1.1 110 e63244|cc1e38|f04450;
    row strawberry 6 290,490 990,490 1.2 110 e63244|cc1e38|f04450;
    row strawberry 7 250,560 1030,560 1.16 100 e63244|cc1e38|f04450; put punnet 640,580 1 0 e0b884;
    flat f8e8cf o 640,716 84,84; put strawberry 640,720 .56 8 e63244; put shadow 300,880 1.1;
    put strawberry 300,820 .92 70 e63244; put shadow 1010,890 1.1;
    put strawberry 1000,826 .96 -58 e63244
strawberry-japanese: put mint|cream 0,0; put pale 0,560; put shadow 640,840 6;
    down ffffff e9e1d6 p 150,330 1130,330 1230,800 50,800;
    down f7c9cf f1aab4 p 190,360 1090,360 1170,760 110,760;
    row strawberry 4 310,470 970,470 1.35 14 dc2038;
    row strawberry 4 280,650 1000,650 1.55 14 dc2038;
    flat ffffff p 50,790 1230,790 1226,880 54,880; put strawberry 640,838 .34 0 dc2038
strawberry-white: put lilac|blush 0,0; put pale 0,560; put shadow 640,840 5.6;
    down b9323f 8f2030 p 180,340 1100,340 1190,790 90,790;
    down fffaf4 f1e2d4 p 220,370 1060,370 1130,750 150,750;
    row paleberry 4 340,470 940,470 1.15 10; row paleberry 4 310,640 970,640 1.3 10;
    down c93a48 9c2434 p 90,780 1190,780 1184,880 96,880; put bow 640,830
bow: both round f6d27a c2892c c 0,0 70,-50 120,-20 110,30 50,30;
    both down e8b850 b9812a p 8,10 70,110 20,100; round f6d27a c2892c o 0,4 26,24
dragonscale: round ea5a92 b82560 c 0,-30 40,-34 92,-16 140,4 92,18 40,30 0,30;
    round b5d86a 5f9e3e c 70,-14 110,-8 146,4 108,13 74,16 90,0
dragonfruit: round f8709f b81c5b o 0,0 170,205; both put dragonscale 70,130 .85 -50;
    both put dragonscale 105,20 .8 -62; put dragonscale 0,60 .8 -92; put dragonscale 0,-50 .75 -88;
    both put dragonscale 84,-80 .75 -66; fan dragonscale 5 0,-176 -146,-34 .85;
    glow ffffff .3 -84,-60 80,110
dragonhalf: ring dragonscale 11 0,0 146,158 .6; round f8709f b8205d o 0,0 186,200;
    flat $+40 o 0,0 168,182; round $ $-18 o 0,0 160,174; dots 241c26 130 0,0 132,146 4.5;
    glow ffffff .3 -60,-80 90,70
dragons: put mint|cream|lilac 0,0; put pale 0,580; fan leaf 3 180,470 -170,-40 2.6 5d9e58;
    fan leaf 3 1100,470 -140,-10 2.6 5d9e58; put shadow 640,720 6;
    put dragonfruit 330,510 1.12 -12; put dragonfruit 950,500 1.1 14;
    put dragonfruit 640,400 1.05 2; put shadow 640,886 3.4; put dragonhalf 640,690 1 0 $
dragon-fruit-white: put dragons 0,0 1 0 fffafa
dragon-fruit-red: put dragons 0,0 1 0 d81e6b
avocado: round 6f9a45 21451c c 0,-200 60,-172 92,-76 140,44 122,150 0,200 -122,150 -140,44
        -92,-76 -60,-172; dots 9cc06a .5 26 10,40 100,120 4; line 6d5230 16 0,-196 6,-226;
    glow ffffff .35 -50,20 50,90
avocadohalf: round 6f8f3e 2a4519 c 0,-200 66,-166 98,-70 146,44 126,148 0,200 -126,148 -146,44
        -98,-70 -66,-166;
    round cfdf86 a7c353 c 0,-186 62,-154 92,-65 136,42 117,138 0,187 -117,138 -136,42 -92,-65
        -62,-154;
    round fbf3b4 dfe086 c 0,-168 55,-140 82,-60 122,36 106,124 0,168 -106,124 -122,36 -82,-60
        -55,-140
stone: put avocadohalf 0,0; glow 8a8a3a .6 8,68 100,100; round b9763f 5b2f15 o 0,56 78,82;
    glow ffffff .6 -26,26 34,28
avocado-034: put meadow|cream 0,0; put pale 0,580; fan leaf 4 1010,470 -150,-10 2.7 3f8b4b;
    put board 640,770 1; put avocado 400,500 1.2 -22; put avocado 900,490 1.2 20;
    put avocado 650,450 1.2 4; put shadow 480,826 2; put stone 470,690 .98 -12;
    put shadow 800,826 2; put avocadohalf 806,690 .98 14
roundavocado: round 5f8a3c 1c3d18 c 0,-130 80,-110 130,-20 110,90 0,132 -110,90 -130,-20 -80,-110;
    dots 94b860 .5 22 0,10 96,96 4; line 6d5230 18 0,-126 6,-150; glow ffffff .35 -44,-40 50,56
avocado-booth: put meadow|mint 0,0; put wood 0,640; put handle 640,500; put hollow 640,500;
    heap roundavocado 210 640,470 330,190 .88 20; put basket 640,520; put shadow 1080,900 1.8;
    put stone 1080,790 .62 10; put shadow 190,900 1.5; put roundavocado 190,810 .8 -8
durian: line 7a6a3a 36 0,-270 8,-360; ring thorn 32 0,0 270,300 1 $-34;
    round $-20 $-55 o 0,0 280,310; scatter thorn 190 0,0 256,286 1.06 14;
    glow fff8c8 .4 -110,-140 170,170; glow 10180a .45 150,160 190,210
thorn: flat $+34 p -34,10 0,-36 4,-8; flat $+12 p -34,10 4,-8 0,36; flat $-22 p 0,-36 34,8 4,-8;
    flat $-40 p 34,8 0,36 4,-8
durianhusk: ring thorn 26 0,0 360,176 1.3 $-30;
    round $ $-50 c -380,-20 -220,-150 40,-190 290,-110 376,10 240,160 -20,200 -260,140;
    round fffdf0 e3d9b0 c -340,-16 -200,-122 30,-156 260,-92 336,10 212,128 -20,164 -230,112
pod: round e9dfb6 bfae74 o 0,6 150,94;
    round fff0a3 e8ab32 c -130,0 -90,-62 0,-74 96,-56 132,4 84,60 -8,70 -92,58;
    line dda33a 4 -96,12 -20,-6 84,8; glow ffffff .55 -34,-30 66,32
durian-dona: put cream|meadow 0,0; put wood 0,620; fan leaf 4 1010,540 -150,-20 2.8 4b8a46;
    put shadow 400,800 3.8; put durian 400,470 1.12 0 a3a743|98a43e; put shadow 900,880 4;
    put durianhusk 900,690 .95 -4 a3a743; put pod 770,690 .92 -24; put pod 1010,660 .92 14;
    put pod 890,770 .78 -4
durian-ri6: put meadow|blush 0,0; put wood 0,560; put durian 960,370 .95 0 8f9a3a|a09c40;
    put shadow 560,870 6; fan leaf 3 180,790 -60,10 5 3c8a48; fan leaf 3 1010,820 170,230 4 3c8a48;
    put durianhusk 560,600 1.25 3 9aa040; put pod 400,560 1.15 -20; put pod 690,560 1.15 14;
    put pod 550,668 1.15 -4
persimmon: round f9a03a c8501a c 0,-72 70,-66 106,-8 84,58 0,82 -84,58 -106,-8 -70,-66;
    glow ffffff .6 -40,-26 36,28; fan leaf 4 0,-58 10,290 .62 8fae5a; flat 6a5a2a o 0,-60 9,7
persimmonhalf: round d0661a b04a10 o 0,0 106,84; round ffb860 f08a2c o 0,0 96,75;
    ring flesh 8 0,0 22,18 1 ffcf86; flat ffd89a o 0,0 16,12
flesh: flat $ .8 c 0,0 20,-8 40,0 20,8
persimmon-fresh: put blush|meadow|cream 0,0; put wood 0,640; put handle 640,500;
    put hollow 640,500; fan leaf 3 250,470 160,235 2 6a8f3a;
    heap persimmon 172 640,480 360,210 1 8; put basket 640,520; put shadow 200,900 1.4;
    put persimmon 200,830 1 -6; put shadow 1090,900 1.4; put persimmonhalf 1090,830 1 -6
hung: line 8a6a44 5 0,-30 0,0; line 8a6a44 5 0,-4 0,150; put driedfruit 0,40 .8;
    put driedfruit 0,190 .76; put driedfruit 0,330 .72
driedfruit: round e8862c 8a3410 c -8,-78 40,-62 66,0 52,60 0,92 -52,60 -66,0 -50,-60;
    dots fff3dc .35 14 0,10 44,60 4; fan leaf 3 0,-70 -20,200 .5 9c8a50;
    glow ffffff .4 -26,-20 26,36
persimmon-dried: down cfe0e6 f6e6cc p 0,0 1280,0 1280,960 0,960; glow fff3d0 .9 960,240 520,460;
    hills a9c2b0 640 160 3; hills 7fa68a 760 120 2;
    down cfae7a a9834e p 0,800 1280,800 1280,960 0,960; row hung 9 130,150 1150,150 1.25 3;
    tube 8a5a2c d9a762 8a5a2c p 0,70 1280,70 1280,112 0,112; put bowl 640,770 .62 0 a8703f;
    heap driedfruit 70 640,760 190,60 .62 70
mango: round ffd95a|ffc84f|d9dc62 d97a1a c -20,-100 50,-92 98,-20 84,60 20,104 -56,84 -96,16
        -78,-60; glow ffffff .5 -30,-34 36,40
kernel: round $ $-46 c -70,14 -62,-30 -16,-60 40,-50 74,0 62,44 36,46 22,16 -4,0 -26,16 -40,48
        -62,44
cashew: put cream|meadow 0,0; put wood 0,600; put hollow 640,470 .92;
    heap kernel 82 640,490 320,230 1 180 e0a762|d08f4c; put bowl 640,480 1 0 9a6434;
    scatter kernel 16 640,860 520,50 1 180 e0a762
shellnut: round b9793f 5a3216 o 0,0 64,63; line f4e4b6 9 -54,-8 0,16 54,-4;
    glow ffffff .5 -22,-26 26,20
whitenut: round fffbe8 d8bd80 o 0,0 54,52; glow ffffff .6 -16,-18 20,16
macadamia: put cream|mint 0,0; put pale 0,600; put hollow 640,470 .92;
    heap shellnut|shellnut|shellnut|whitenut 88 640,494 320,220 .8 30; put bowl 640,480 1 0 b07a44;
    put shadow 250,880 1.2; put shellnut 250,830 1.1 -8; put shadow 400,916 1;
    put whitenut 400,880 1; put shadow 1040,906 1.2; put shellnut 1040,856 1.1 14
"""
