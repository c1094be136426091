# Every device in another state than after power-on, then a loop in which it is saved; then what is left of it is printed.
.macro HCALL nr
  li 3,\nr
  sc 1
.endm
.macro RTAS args
  addi 4,31,\args-here
  lis 3,0
  ori 3,3,0xf000
  sc 1
.endm
.macro PUT
  bl putc
.endm
.set BASE, 0x400000
start:
  bcl 20,31,here
here:
  mflr 31
  RTAS nmi
  RTAS store
  RTAS set_time
  RTAS route
  lis 20,0x10               # 0x100000: the processor area
  li 6,640
  sth 6,4(20)
  li 4,1
  sldi 4,4,45
  li 5,0
  mr 6,20
  HCALL 0xdc
  li 6,1
  stb 6,0xb8(20)            # trace voluntary waits
  lis 6,0x11                # 0x110000: the dispatch trace log
  li 7,480
  stw 7,4(6)
  li 4,2
  sldi 4,4,45
  li 5,0
  HCALL 0xdc
  lis 6,0x12                # 0x120000: the SLB shadow
  li 7,256
  stw 7,4(6)
  li 4,3
  sldi 4,4,45
  li 5,0
  HCALL 0xdc
  lis 4,0x7100              # no interrupts of the second terminal
  ori 4,4,1
  li 5,0
  HCALL 0x104
  li 4,0xff
  HCALL 0x68                # H_CPPR
  RTAS start_cpu
  li 4,1                    # the second processor waits for H_PROD
  li 4,0
  li 5,4
  HCALL 0x6c                # H_IPI to itself
  li 6,0x53
  mtspr 273,6               # SPRG1: 'S'
  mfmsr 6
  ori 6,6,0x2000
  oris 6,6,0x0280
  mtmsrd 6
  li 6,0x56
  mtvsrd 35,6               # 'V'
  li 6,0x46
  mtvsrd 2,6                # 'F'
  mtfsfi 7,1
  lis 6,0x0800
  ori 6,6,3
  lis 7,0x1234
  slbmte 7,6                # entry 3
  lis 21,0x13               # 0x130000: copied to 0x130080, if that were a device
  li 6,0x42
  stb 6,0(21)
  addi 22,21,0x200
  lwarx 7,0,22
  copy 0,21
  lis 6,6
  mtctr 6
  bdnz .
  addi 23,21,0x80
  paste. 0,23
  mfcr 24
  li 10,'c'
  beq 1f
  b 2f
1: lbz 10,0x80(21)          # 'B'
2: PUT
  li 7,7
  stwcx. 7,0,22
  li 10,'r'
  bne 3f
  li 10,'R'
3: PUT
  mfspr 10,273
  PUT
  mfvsrd 10,35
  PUT
  mfvsrd 10,2
  PUT
  mffs 1
  mfvsrd 10,1
  clrldi 10,10,60
  addi 10,10,'0'            # 1
  PUT
  li 6,3
  slbmfev 10,6
  srdi 10,10,24
  clrldi 10,10,56
  addi 10,10,'0'            # B
  PUT
  lis 25,0x7100
  bl echo
  ori 25,25,1
  bl echo
  RTAS fetch
  lis 4,0x7100
  li 5,16
  lis 9,0x14
  ld 6,0(9)
  ld 7,8(9)
  HCALL 0x58
  RTAS get_time
  lwz 10,(get_time+16)-here(31)
  addi 10,10,-1980          # '3' in 2031
  PUT
  RTAS check
  lwz 10,(check+36)-here(31)
  addi 10,10,'0'            # 0: an event
  PUT
  RTAS check
  lwz 10,(check+36)-here(31)
  addi 10,10,'0'            # 1: no other
  PUT
  RTAS sensor
  lwz 10,(sensor+24)-here(31)
  addi 10,10,'0'            # 3: the system is to shut down
  PUT
  HCALL 0x74                # H_XIRR
  mr 26,4
  clrldi 10,4,56
  addi 10,10,'0'            # 2: the inter-processor interrupt
  PUT
  li 4,0
  li 5,0xff
  HCALL 0x6c                # no longer
  mr 4,26
  HCALL 0x64                # H_EOI
  HCALL 0x74
  mr 26,4
  srdi 10,4,8
  clrldi 10,10,56
  addi 10,10,'0'-0x10       # 1: source 0x1100, the terminal's
  PUT
  mr 4,26
  HCALL 0x64
  li 4,1
  HCALL 0xe8                # H_PROD
wait:
  lwz 7,0x300(21)
  cmpwi 7,0
  beq wait
  RTAS off
  b .

echo:
  mflr 30
  mr 4,25
  HCALL 0x54
  mr 7,6
  mr 6,5
  mr 5,4
  lis 4,0x7100
  HCALL 0x58
  mtlr 30
  blr

putc:
  sldi 6,10,56
  li 5,1
  lis 4,0x7100
  li 3,0x58
  sc 1
  blr

reset:
  li 10,'w'
  PUT
  b .

second:
  mr 29,3
  li 4,1
  HCALL 0xe4                # H_CONFER to itself
  mr 10,29                  # 'P'
  PUT
  li 7,1
  lis 21,0x13
  stw 7,0x300(21)
  li 4,1
  HCALL 0xe4
  b .

.align 3
nmi: .long 0x202b,2,1, BASE+reset-start, BASE+reset-start, 0
store: .long 0x2013,3,2, 0x1100, BASE+text-start, 16, 0,0
fetch: .long 0x2012,3,2, 0x1100, 0x140000, 16, 0,0
set_time: .long 0x2002,7,1, 2031,5,6,7,8,9,0, 0
get_time: .long 0x2001,0,8, 0,0,0,0,0,0,0,0
route: .long 0x200a,3,1, 0x1100,0,5, 0
start_cpu: .long 0x2006,3,1, 1, BASE+second-start, 'P', 0
check: .long 0x200e,6,1, 0x500,0x1000,0x40000000,0,0x150000,2048, 0xee
sensor: .long 0x201d,2,2, 9,0, 0xee,0xee
off: .long 0x2003,2,1, 0,0, 0
text: .ascii "kept in NVRAM :)"
