# Two processors that print while the other one runs, and wait by decrementer, yield and H_CONFER.
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
.set BASE, 0x400000
start:
  bcl 20,31,here
here:
  mflr 31
  addi 5,31,handler-here    # the decrementer's handler
  li 6,0x900
  lwz 7,0(5)
  stw 7,0(6)
  lwz 7,4(5)
  stw 7,4(6)
  lwz 7,8(5)
  stw 7,8(6)
  dcbst 0,6
  sync
  icbi 0,6
  sync
  isync
  lis 7,0x7fff
  mtdec 7
  RTAS start_cpu
  li 20,'a'                 # what it prints
  li 21,1                   # what it draws numbers from
  b both
second:
  bcl 20,31,1f
1: mflr 31
  addi 31,31,here-1b
  lis 7,0x7fff
  mtdec 7
  mr 20,3
  li 21,7
both:
  li 22,96
next:
  mulli 21,21,1103
  addi 21,21,12345
  clrldi 21,21,34
  srdi 5,21,4
  clrldi 5,5,51             # up to 8191 rounds
  addi 5,5,1
  mtctr 5
  bdnz .
  sldi 6,20,56
  li 5,1
  lis 4,0x7100
  HCALL 0x58
  rlwinm 5,21,28,28,31      # sometimes it waits, or gives the rest of its time away
  cmpwi 5,3
  bgt 2f
  li 6,0x6000
  mtdec 6
  HCALL 0xe0                # H_CEDE
  mfmsr 6                   # interrupts off again
  rldicl 6,6,48,1
  rotldi 6,6,16
  mtmsrd 6,1
  b 3f
2: cmpwi 5,6
  bgt 3f
  li 4,-1
  li 5,0
  HCALL 0xe4                # H_CONFER to all
3: addi 22,22,-1
  cmpwi 22,0
  bne next
  lis 6,0x13
  cmpwi 20,'a'
  beq 4f
  li 7,1
  stw 7,0(6)
  RTAS stop
  b .
4: lwz 7,0(6)
  cmpwi 7,0
  beq 4b
  RTAS off
  b .
handler:
  lis 0,0x7fff
  mtdec 0
  rfid
.align 3
start_cpu: .long 0x2006,3,1, 1, BASE+second-start, 'b', 0
stop: .long 0x2007,0,1, 0
off: .long 0x2003,2,1, 0,0, 0
