"""The highlands and the gardens that guests visit."""

TEXT = """
morning: down a8d4ea fdf0d0 p 0,0 1280,0 1280,960 0,960; glow fff4d2 1 960,200 560,480;
    flat fffbe6 o 960,200 62,62; hills b3cfd3 430 200 3; glow ffffff .6 400,450 600,70;
    hills 86b8a4 540 170 3; glow ffffff .5 900,560 600,70
pine: line 6b4a32 14 0,0 0,-120;
    both down $ c 0,-420 0,-420 60,-300 40,-310 100,-180 70,-190 140,-60 140,-60 0,-50;
    flat $-18 c 0,-420 40,-300 20,-310 70,-180 40,-190 90,-56 0,-50
bush: round $+34 $-46 c -56,4 -48,-18 -20,-30 14,-32 44,-20 58,4 30,16 -30,16
picker: tube $+20 $ $-30 c -44,20 -50,-60 -26,-112 26,-112 50,-60 44,20;
    tube b98848 e0b673 8f6430 c -92,-80 -40,-86 -46,-6 -82,-6; line $-15 20 34,-92 66,-46 40,-10;
    flat d9a47c o 4,-134 24,26; tube fbeec6 f2dca0 c9a862 p -72,-134 4,-196 80,-134 4,-120
tea-hill-morning: put morning 0,0; down 35703a 0f3018 p 0,510 1280,510 1280,960 0,960;
    row bush 27 -40,540 1320,500 .6 4 86c05e|78b452;
    row bush 23 -40,586 1320,552 .74 4 7ab854|6cac4a;
    row bush 19 -40,640 1320,618 .94 4 74b24e|66a646; put picker 420,650 .8 0 c8375a;
    row bush 15 -40,710 1320,700 1.2 4 6cac48|5ea040;
    row bush 12 -40,796 1320,796 1.5 4 66a644|589a3c; put picker 850,800 1.2 0 3b64a8;
    row bush 10 -40,906 1320,916 1.9 4 60a040|529438
jeep: glow 1a1410 .6 0,96 330,40; down $ p -250,-30 -250,60 270,60 280,-20 120,-36 110,-40;
    line 3a4440 10 -60,-40 -40,-150 -230,-150; line 3a4440 10 -240,-40 -232,-150;
    line 3a4440 8 90,-36 30,-140; flat bfe0e6 .6 p 34,-136 86,-40 -40,-40 -36,-136;
    flat $-30 p -250,20 280,20 280,36 -250,36; both put tyre -160,66; flat fff6c8 o 272,-2 14,16;
    round d98c5c 8a5030 o -120,-86 24,28; round d98c5c 8a5030 o -190,-84 22,26;
    tube c8375a 8a1f40 c -150,-40 -144,-64 -96,-64 -90,-40;
    tube 3b64a8 24407a c -218,-40 -212,-62 -166,-62 -160,-40
tyre: flat 1c1c20 o 0,0 56,56; round a8adb0 5a6064 o 0,0 28,28
lang-biang-jeep: down 6f93c4 fbd0a4 p 0,0 1280,0 1280,960 0,960; glow ffe9b8 1 900,330 520,420;
    flat fff6dc o 900,330 66,66; hills 8aa4b8 470 330 2; glow ffffff .9 300,500 700,80;
    glow ffffff .8 1000,540 600,70; hills 5f8a86 640 150 3; glow ffffff .6 640,650 800,70;
    down 7f9a58 3f6238 c 0,700 0,700 400,640 900,720 1280,650 1280,650 1280,960 1280,960 0,960
        0,960;
    down d8b080 a87848 c 180,960 420,840 760,790 1280,740 1280,740 1280,830 1280,830 860,860
        620,960 620,960; put pine 120,900 1.4 0 256b45; put pine 1170,730 .9 0 2f7a50;
    put pine 250,800 .9 0 1f5b3a; put jeep 740,740 1.1 -7 4f7a4a
cau-dat-tasting: put morning 0,0; hills 4f8a5a 640 110 2; put pine 110,640 .8 0 256b45;
    put pine 1190,650 .9 0 1f5b3a; put wood 0,640; put cherrybranch 700,640 .9 -4;
    put steam 300,660 .8; put cup 300,720 .84 0 6a3818; put steam 640,690 .8;
    put cup 640,750 .9 0 8a4a1c; put steam 990,660 .8; put cup 990,720 .84 0 5a2c12;
    scatter bean 14 640,936 560,20 1 180 7a4428
coffeebush: fan leaf 7 0,0 -180,0 1.5 2f7a45|3f8a50; scatter cherry 8 0,-50 80,50 .5
coffee-cherry-day: put morning 0,0; hills 4f8a5a 600 120 2;
    down 7a9a52 3a5a2e p 0,590 1280,590 1280,960 0,960; row coffeebush 9 40,620 1240,620 1 5;
    row coffeebush 7 40,730 1240,730 1.4 5; put picker 300,760 1.5 0 e07b39;
    put picker 980,730 1.3 0 7b4fa0; put hollow 640,770 .66; heap cherry 44 640,780 220,110 1.1;
    put basket 640,780 .66
island: down 5f9a6a 2f6a48 c -200,30 -160,-30 -80,-80 0,-100 90,-70 170,-20 210,30 210,30 -200,30;
    glow ffffff .4 0,40 260,16
rowboat: glow 0b3a4a .6 0,40 240,30;
    down a86a3a 5a341a c -220,-30 -170,44 170,44 220,-30 120,0 -120,0;
    put picker -70,-6 .8 0 c8375a; put picker 70,-6 .8 0 3b64a8
ta-dung-orchard: put morning 0,0; hills 6fa58c 580 150 3; waves b4dfe6 3f8fa8 540;
    put island 250,590 .9; put island 1010,610 1.1; put island 620,570 .5; put rowboat 500,730 1;
    fan leaf 6 1180,120 60,200 2.6 3c8a48; fan leaf 4 1240,300 110,220 2.4 2f7a3f;
    line 6b4a32 20 1280,90 1180,130 1090,240; put mango 1080,330 1 10; put mango 1190,400 1.05 -8;
    put avocado 1010,230 .5 4; flat 3f8a4a c 0,960 0,960 0,860 200,890 420,960 420,960
durian-orchard: put morning 0,0; hills 5f9a6a 620 120 2;
    down 8fb060 4a7a3a p 0,640 1280,640 1280,960 0,960;
    tube 5a4028 8a6844 4a3420 p 560,200 720,200 770,880 510,880;
    line 6a4e30 50 600,330 380,240 60,250; line 6a4e30 50 680,300 900,220 1240,240;
    scatter canopy 30 640,120 720,120 1 30 2f7a45|3f8a50|256b3f; line 6a5a30 12 230,250 230,330;
    put durian 230,430 .46 0 a3a743; line 6a5a30 12 440,270 440,400;
    put durian 440,520 .5 0 98a43e; line 6a5a30 12 900,240 900,360;
    put durian 900,480 .52 0 a3a743; line 6a5a30 12 1120,240 1120,310;
    put durian 1120,400 .42 0 98a43e; put shadow 930,920 3; put durianhusk 930,800 .66 4 a3a743;
    put pod 860,790 .66 -20; put pod 1010,790 .66 14; put picker 330,880 1.8 0 3b64a8
canopy: fan leaf 6 0,0 0,300 1.5 $
strawberry-morning: down dff0f0 f6faee p 0,0 1280,0 1280,960 0,960; glow fff6d8 .9 900,120 600,400;
    line c4d4d4 14 0,260 320,90 640,30 960,90 1280,260;
    line c4d4d4 10 0,380 320,220 640,170 960,220 1280,380; row frame 7 80,90 1200,90;
    down 5f8a4a 3f6a38 p 0,420 1280,420 1280,960 0,960;
    down a98a64 7a5e40 p 560,420 720,420 1000,960 280,960; row plantlet 4 500,440 380,560 .5 6;
    row plantlet 4 780,440 900,560 .5 6; row plantlet 4 330,620 170,840 .9 6;
    row plantlet 4 950,620 1110,840 .9 6; put shadow 640,900 2.6; put hollow 640,730 .56;
    heap smallberry 100 640,740 190,90 .66 40 e63244; put basket 640,740 .56
frame: line d0dede 8 0,0 0,330
plantlet: fan leaf 7 0,0 -200,20 1.7 4f9f45|3f8f45; put smallberry -60,60 .6 14 e63244;
    put smallberry 50,76 .66 -10 dc2038
gong: line c9ad80 5 0,-150 -44,-70; line c9ad80 5 0,-150 44,-70; round ffd888 7a4414 o 0,0 88,88;
    round c88a3c e8b860 o 0,0 74,74; round fff0bd 9a5a1c o 0,0 30,30
dancer: tube 3a2350 c2623a c -40,0 -30,-120 -36,-190 36,-190 30,-120 44,0;
    line ffce5a 9 -40,-14 42,-14; line e2464a 8 -28,-110 28,-110;
    line 8a4a30 15 30,-176 66,-150 96,-190; line 8a4a30 15 -30,-176 -66,-150 -92,-80;
    round d98c5c 6d3a28 o 0,-222 27,30; line e2464a 9 -26,-238 26,-238
longhouse: row post 9 -280,-45 280,-45; down 6a3f2c 3d2320 p -300,-180 300,-180 310,-84 -310,-84;
    row window 3 -145,-130 175,-130;
    down 7d5a3c 3a2622 c -380,-160 -380,-160 -300,-240 -230,-470 -230,-470 230,-470 230,-470
        300,-240 380,-160 380,-160
post: line 2c1a1c 12 0,-45 0,45
window: down ffd98a f09a45 p -35,-30 35,-30 35,30 -35,30
fire: line 5a331d 30 -130,30 130,-10; line 6a3f24 30 -130,-10 130,30;
    round ff9a2e d9381e c -120,0 -96,-120 -46,-96 -30,-260 26,-170 58,-240 70,-110 112,-130 118,0
        60,40 -60,40;
    round ffd257 ff8a1f c -80,4 -66,-80 -30,-70 -10,-184 24,-110 48,-140 76,-60 80,4 40,34 -40,34;
    round fffbd0 ffd64f c -44,8 -30,-50 0,-110 26,-46 44,8 16,28 -18,28;
    dots ffc766 30 0,-330 120,260 4
night: down 141a44 4a2a5c p 0,0 1280,0 1280,960 0,960; dots fff1cf .8 60 640,170 680,180 2.4
gong-evening: put night 0,0; glow d9622b .85 640,690 720,500; hills 2a2350 520 160 3;
    put longhouse 930,660 .86; down 6b3a35 2a1626 p 0,640 1280,640 1280,960 0,960;
    glow ff9a45 .75 640,760 720,150; line 5a371f 20 90,250 90,720; line 5a371f 20 520,250 520,720;
    line 6d4527 20 60,280 550,274; put gong 170,430 1; put gong 320,424 .86; put gong 450,410 .7;
    put dancer 180,800 .8; put dancer 400,730 .72; put dancer 880,730 .72; put dancer 1090,800 .8;
    put fire 640,820 1; put dancer 330,920 1.1; put dancer 960,920 1.1;
    glow ffb45a .35 640,690 420,320
cactus: line 4a6a40 22 0,0 0,-130; both fan cactusarm 4 0,-120 -40,40 1
cactusarm: line 4f7f40 17 0,0 10,-60 66,-92 110,-40; line 86b068 5 -4,-2 6,-62 64,-96 106,-48
bulb: line 2a2a3a 3 0,-60 0,-12; flat fff2b0 o 0,0 12,14; glow ffe08a .8 0,0 130,120
lampedrow: put cactus 0,0; put dragonfruit -86,-96 .2 0
blossom: ring petal 9 0,0 20,20 1.1 fff6e0; ring petal 7 0,0 8,8 .7 fffdf4;
    round fff0a0 e0b040 o 0,0 20,20
dragon-fruit-lights: put night 0,0; glow c8782e .7 640,480 900,300; hills 1c2440 440 90 3;
    down 3a3428 1a1620 p 0,430 1280,430 1280,960 0,960; row lampedrow 9 60,530 1220,530 .7 3;
    row lampedrow 7 60,680 1220,680 1.1 3; glow ffd27a .5 640,560 800,240;
    row lampedrow 4 150,910 1130,910 1.9 3; scatter blossom 6 640,650 540,70 .5 30;
    put bulb 180,430 1.3; put bulb 420,410 1.1; put bulb 640,430 1.3; put bulb 860,410 1.1;
    put bulb 1100,430 1.3; put bulb 320,610 2; put bulb 950,610 2
"""
