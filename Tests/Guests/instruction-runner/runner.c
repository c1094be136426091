/* Executes instructions on register states for comparison with the interpreter, under qemu-ppc64 or
 * qemu-ppc64le user mode. `compare-isa` builds it, starts it and speaks with it.
 *
 *   runner FILE VARIANT
 *
 * FILE is shared with compare-isa. For each byte read from standard input, the instructions in it
 * are executed on their states, in place, and the byte is written back. VARIANT tells which registers the processor has: 0 none of the vector facility,
 * 1 VMX, 2 VSX, 3 VSX and TAR.
 *
 * Integers are in the guest's byte order. The addresses and sizes in capitals are macros that
 * compare-isa defines when it builds this (StateLayout.swift).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

struct group {
	uint32_t entry;		/* where to jump to; loads the last registers */
	uint32_t first, end;	/* addresses of the first instruction and past the last */
	uint32_t state, count;	/* the states to execute it on */
	uint32_t unused[3];
};

struct buffer {
	uint32_t count, progress, unused[2];
	struct group groups[(CODE_OFFSET - 16) / sizeof(struct group)];
};

/* r31 and the like need an address that no register holds: one that fits in a displacement. */
#define SCRATCH "0x7E00"

asm(".machine push\n.machine power8\n.text\n"
    ".macro scratch op, n, place\n\\op \\n, " SCRATCH "+\\place*8(0)\n.endm\n"
    ".macro each op, first, last\n"
    ".if \\last-\\first\neach \\op, \\first, (\\last-1)\n.endif\n\\op \\last\n.endm\n"
    ".macro keep n\nscratch std, \\n, \\n\n.endm\n"
    ".macro back n\nscratch ld, \\n, \\n\n.endm\n"
    ".macro load n\nld \\n, \\n*8(31)\n.endm\n"
    ".macro store n\nstd \\n, \\n*8(31)\n.endm\n"
    ".macro load_fpr n\nlfd \\n, VSR+\\n*16(31)\n.endm\n"
    ".macro store_fpr n\nstfd \\n, VSR+\\n*16(31)\n.endm\n"
    ".macro load_vr n\nlvx \\n, 0, 30\naddi 30, 30, 16\n.endm\n"
    ".macro store_vr n\nstvx \\n, 0, 30\naddi 30, 30, 16\n.endm\n"
    ".macro load_vsr n\nlxvd2x \\n, 0, 30\naddi 30, 30, 16\n.endm\n"
    ".macro store_vsr n\nstxvd2x \\n, 0, 30\naddi 30, 30, 16\n.endm\n"

    /* void loader(struct state *r3, uint64_t entry r4): everything but CTR, r30 and r31, which the
     * code before the instruction loads. */
    ".macro loader variant\n"
    ".balign 64\nloader\\variant:\n"
    "each keep, 1, 2\neach keep, 13, 31\n"
    "mflr 30\nscratch std, 30, 32\nmfcr 30\nscratch std, 30, 33\n"
    "mr 31, 3\nscratch std, 31, 34\nmtctr 4\n"
    /* No reservation is left from before. */
    "li 30, " SCRATCH "+0x1f0\nstdcx. 30, 0, 30\n"
    ".if \\variant==1\naddi 30, 31, VSCR\nlvx 0, 0, 30\nmtvscr 0\n.endif\n"
    ".if \\variant>1\naddi 30, 31, VSCR\nlxvd2x 32, 0, 30\nmtvscr 0\n.endif\n"
    "lfd 0, FPSCR(31)\nmtfsf 0xff, 0, 1, 0\n"
    "ld 30, CR(31)\nmtcr 30\nld 30, XER(31)\nmtxer 30\nld 30, LR(31)\nmtlr 30\n"
    ".if \\variant>0\nld 30, VRSAVE(31)\nmtspr 256, 30\n.endif\n"
    ".if \\variant==3\nld 30, TAR(31)\nmtspr 815, 30\n.endif\n"
    ".if \\variant>1\naddi 30, 31, VSR\neach load_vsr, 0, 63\n"
    ".else\neach load_fpr, 0, 31\n.endif\n"
    ".if \\variant==1\naddi 30, 31, VSR+512\neach load_vr, 0, 31\n.endif\n"
    "each load, 0, 29\nbctr\n.endm\n"

    /* What follows the instruction. It is copied, so it does not depend on its place. */
    ".macro saver variant\n"
    ".balign 64\nsaver\\variant:\n"
    "scratch std, 31, 35\nscratch ld, 31, 34\neach store, 0, 30\n"
    "scratch ld, 30, 35\nstd 30, 248(31)\n"
    "mfctr 30\nstd 30, CTR(31)\nmflr 30\nstd 30, LR(31)\n"
    "mfxer 30\nstd 30, XER(31)\nmfcr 30\nstd 30, CR(31)\n"
    ".if \\variant>0\nmfspr 30, 256\nstd 30, VRSAVE(31)\n.endif\n"
    ".if \\variant==3\nmfspr 30, 815\nstd 30, TAR(31)\n.endif\n"
    ".if \\variant>1\naddi 30, 31, VSR\neach store_vsr, 0, 63\n"
    ".else\neach store_fpr, 0, 31\n.endif\n"
    ".if \\variant==1\naddi 30, 31, VSR+512\neach store_vr, 0, 31\n.endif\n"
    "mffs 0\nstfd 0, FPSCR(31)\n"
    ".if \\variant==1\nmfvscr 0\naddi 30, 31, VSCR\nstvx 0, 0, 30\n.endif\n"
    ".if \\variant>1\nmfvscr 0\naddi 30, 31, VSCR\nstxvd2x 32, 0, 30\n.endif\n"
    /* No exception is enabled while C runs. */
    "li 30, 0\nscratch std, 30, 36\nscratch lfd, 0, 36\nmtfsf 0xff, 0, 1, 0\n"
    "scratch ld, 30, 32\nmtlr 30\nscratch ld, 30, 33\nmtcr 30\n"
    "each back, 1, 2\neach back, 13, 31\nblr\nsaver_end\\variant:\n.endm\n"
    ".irp variant, 0, 1, 2, 3\nloader \\variant\nsaver \\variant\n.endr\n"
    ".machine pop\n");

#define VARIANT(n) extern char loader##n[], saver##n[], saver_end##n[];
VARIANT(0) VARIANT(1) VARIANT(2) VARIANT(3)
#define ROW(n) { loader##n, saver##n, saver_end##n }
static struct { char *loader, *saver, *saver_end; } variants[] = { ROW(0), ROW(1), ROW(2), ROW(3) };

static char *volatile state;
static volatile struct group current;

/* A signal at an address outside the instructions tells where a branch went. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	uint64_t nip = u->uc_mcontext.regs->nip;
	(void)info;
	*(uint64_t *)(state + NIA) = nip;
	*(uint64_t *)(state + SIGNAL) = nip >= current.first && nip < current.end ? number : 0;
	u->uc_mcontext.regs->nip = CODE;
}

static void call(char *loader, char *argument, uint64_t entry)
{
	register char *r3 asm("r3") = argument;
	register uint64_t r4 asm("r4") = entry;
	register char *r12 asm("r12") = loader;
	asm volatile("mtctr %2\n bctrl" : "+r"(r3), "+r"(r4), "+r"(r12) :: "ctr", "lr", "memory",
		     "cr0", "cr1", "cr5", "cr6", "cr7", "xer", "r0", "r5", "r6", "r7", "r8", "r9",
		     "r10", "r11");
}

static void *map(uint64_t address, size_t size, int protection, int flags, int file)
{
	void *place = mmap((void *)address, size, protection, flags | MAP_FIXED, file, 0);
	if (place != (void *)address)
		_exit(3);
	return place;
}

int main(int argc, char **argv)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
	int variant = argc == 3 ? atoi(argv[2]) : 0;
	int file = argc == 3 ? open(argv[1], O_RDWR) : -1;
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS, rw = PROT_READ | PROT_WRITE;
	struct buffer *buffer = (void *)BUFFER;
	char byte;

	if (file < 0)
		return 2;
	map(0x7000, 0x1000, rw, anonymous, -1);
	map(CODE, 2 * CODE_SIZE, rw | PROT_EXEC, anonymous, -1);
	map(BUFFER, BUFFER_SIZE, rw, MAP_SHARED, file);
	memcpy((void *)CODE, variants[variant].saver,
	       variants[variant].saver_end - variants[variant].saver);
	sigaltstack(&alternate, 0);
	for (unsigned n = 0; n < sizeof signals / sizeof *signals; n++)
		sigaction(signals[n], &action, 0);
	while (read(0, &byte, 1) == 1) {
		memcpy((void *)(CODE + CODE_SIZE), (char *)buffer + CODE_OFFSET, CODE_SIZE);
		__builtin___clear_cache((char *)CODE + CODE_SIZE, (char *)CODE + 2 * CODE_SIZE);
		for (uint32_t n = 0; n < buffer->count; n++) {
			struct group group = buffer->groups[n];
			current = group;
			for (uint32_t m = 0; m < group.count; m++) {
				state = (char *)buffer + STATES_OFFSET + (group.state + m) * STATE_SIZE;
				buffer->progress = group.state + m;
				call(variants[variant].loader, state, group.entry);
			}
		}
		if (write(1, &byte, 1) != 1)
			return 4;
	}
	return 0;
}
