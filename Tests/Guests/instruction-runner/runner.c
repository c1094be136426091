/* Executes single instructions on register states read from standard input, for comparison with
 * the interpreter. Runs under qemu-ppc64 or qemu-ppc64le user mode; build with
 *   powerpc64le-linux-gnu-gcc -O1 -static -mcpu=power8 -o runner runner.c
 *
 * Input: any number of groups { word, suffix or 0, number of states, 0 } of 32-bit integers and
 * that many states. Output: the states after the instruction. Integers are in the guest's order.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { BASE = 0x80000, STORAGE = BASE, STATE = 0x81000, CODE = 0x83000, SLOT = 0x400 };

struct state {
	uint64_t gpr[32];
	uint64_t vsr[64][2];
	uint64_t fpscr, cr, xer, reserved, vscr[2], lr, signal;
	uint8_t storage[256];	/* at STORAGE */
};

#define R32(m) m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) \
	m(15) m(16) m(17) m(18) m(19) m(20) m(21) m(22) m(23) m(24) m(25) m(26) m(27) m(28) m(29)
#define VR(m) R32(m) m(30) m(31)
#define VS(m) VR(m) m(32) m(33) m(34) m(35) m(36) m(37) m(38) m(39) m(40) m(41) m(42) m(43) \
	m(44) m(45) m(46) m(47) m(48) m(49) m(50) m(51) m(52) m(53) m(54) m(55) m(56) m(57) \
	m(58) m(59) m(60) m(61) m(62) m(63)

#define SAVE_GPR(n)  "std " #n "," #n "*8+0x1000(31)\n"	/* the save area follows the state */
#define LOAD_GPR(n)  "ld " #n "," #n "*8(31)\n"
#define STORE_GPR(n) "std " #n "," #n "*8(31)\n"
#define RESTORE_GPR(n) "ld " #n "," #n "*8+0x1000(31)\n"
#define LOAD_VSR(n)  "lxvd2x " #n ",0,30\naddi 30,30,16\n"
#define STORE_VSR(n) "stxvd2x " #n ",0,30\naddi 30,30,16\n"

asm(".machine push\n.machine power8\n.text\n.balign 64\n"
    "trampoline:\n"
    "mtctr 31\nlis 31,8\nori 31,31,0x1000\n"
    R32(SAVE_GPR) "std 30,0x10f0(31)\nmfctr 30\nstd 30,0x10f8(31)\n"
    "mflr 30\nstd 30,0x1100(31)\n"
    "addi 30,31,1312\nlxvd2x 32,0,30\nmtvscr 0\n"
    "lfd 0,1280(31)\nmtfsf 0xff,0,1,0\n"
    "ld 30,1288(31)\nmtcr 30\nld 30,1296(31)\nmtxer 30\nld 30,1328(31)\nmtlr 30\n"
    "addi 30,31,256\n" VS(LOAD_VSR)
    R32(LOAD_GPR) "ld 30,240(31)\nld 31,248(31)\n"
    "b trampoline+0x400\n"
    ".space 0x400-(.-trampoline)\n"
    "nop\nnop\n"
    "mtctr 31\nlis 31,8\nori 31,31,0x1000\n"
    R32(STORE_GPR) "std 30,240(31)\nmfctr 30\nstd 30,248(31)\n"
    "addi 30,31,256\n" VS(STORE_VSR)
    "mflr 30\nstd 30,1328(31)\nmfxer 30\nstd 30,1296(31)\nmfcr 30\nstd 30,1288(31)\n"
    "mffs 0\nstfd 0,1280(31)\nmfvscr 0\naddi 30,31,1312\nstxvd2x 32,0,30\n"
    "ld 30,0x1100(31)\nmtlr 30\n"
    R32(RESTORE_GPR) "ld 30,0x10f0(31)\nld 31,0x10f8(31)\n"
    "blr\n"
    "trampoline_end:\n.machine pop\n");
extern char trampoline[], trampoline_end[];

static volatile uint64_t caught;

static void on_signal(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	(void)info;
	caught = number;
	u->uc_mcontext.regs->nip = CODE + SLOT + 8;
}

static void call(void)
{
	register uint64_t code asm("r12") = CODE;
	asm volatile("mtctr %0\n bctrl" : "+r"(code) :: "ctr", "lr", "memory", "cr0", "cr1", "cr2",
		     "cr3", "cr4", "cr5", "cr6", "cr7", "xer", "r0", "r3", "r4", "r5", "r6", "r7", "r8",
		     "r9", "r10", "r11", "fr0", "fr1", "fr2", "fr3", "fr4", "fr5", "fr6", "fr7", "fr8",
		     "fr9", "fr10", "fr11", "fr12", "fr13", "fr14", "fr15", "fr16", "fr17", "fr18",
		     "fr19", "fr20", "fr21", "fr22", "fr23", "fr24", "fr25", "fr26", "fr27", "fr28",
		     "fr29", "fr30", "fr31", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8",
		     "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
		     "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}

int main(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
	uint32_t group[4];
	uint32_t *slot = (uint32_t *)(CODE + SLOT);
	struct state *state = (struct state *)STATE;
	static struct state record;
	size_t registers = sizeof record - sizeof record.storage;
	const uint64_t zero = 0;

	if (mmap((void *)BASE, 0x10000, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)BASE)
		return 3;
	memcpy((void *)CODE, trampoline, trampoline_end - trampoline);
	sigaltstack(&alternate, 0);
	for (unsigned n = 0; n < sizeof signals / sizeof *signals; n++)
		sigaction(signals[n], &action, 0);
	while (fread(group, sizeof group, 1, stdin) == 1) {
		slot[0] = group[0];
		slot[1] = group[1] ? group[1] : 0x60000000;
		__builtin___clear_cache((char *)slot, (char *)slot + 8);
		for (uint32_t n = 0; n < group[2]; n++) {
			if (fread(&record, sizeof record, 1, stdin) != 1)
				return 4;
			memcpy(state, &record, registers);
			memcpy((void *)STORAGE, record.storage, sizeof record.storage);
			caught = 0;
			call();
			asm volatile("mtfsf 0xff,%0,1,0" :: "d"(zero));
			state->signal = caught;
			fwrite(state, registers, 1, stdout);
			fwrite((void *)STORAGE, sizeof record.storage, 1, stdout);
		}
	}
	return 0;
}
