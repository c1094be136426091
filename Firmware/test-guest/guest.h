/* Declarations of the test guest. */
typedef unsigned char u8;
typedef unsigned int u32;

/* start.S */
int call_entry(void *arguments, u32 entry);
long hypercall(long number, long a, long b, long c, long d);
void set_segment(void);
u32 excursion(const void *code, u32 msr);
void excursion_ended(void);
extern const u8 vector_code[], vector_code_end[];
extern const u8 enable_facilities[];
extern const u8 guest_end[];

/* client.c: Open Firmware, RTAS and the console */
#define NONE ((u32)-1)
void client_start(u32 entry);
int client(const char *service, u32 arguments, u32 results, u32 *cells);
u32 client1(const char *service, u32 a);
int property(u32 node, const char *name, void *buffer, u32 size);
u32 word_property(u32 node, const char *name, u32 otherwise);
int rtas_start(u32 node);
int rtas(const char *function, u32 arguments, u32 results, u32 *cells);
void print(const char *text);
void print_hex(u32 value, int digits);
void print_decimal(u32 value, int digits);

/* probes.c */
enum { EE = 0x8000, PR = 0x4000, FP = 0x2000, ME = 0x1000, IR = 0x20, DR = 0x10, RI = 2, VEC = 0x2000000,
       VSX = 0x800000, PROBLEM_STATE_MSR = EE | PR | FP | ME | IR | DR | RI | VEC | VSX };
void copy(void *to, const void *from, u32 count);
void flush_instructions(u32 from, u32 to);
void run_probes(u32 cpu, u32 isa);

/* debug.S and debug.c */
extern const u8 debug_program[], debug_breakpoint[];
extern const u8 trace_handler[], trace_handler_end[], storage_handler[], storage_handler_end[];
extern volatile u32 debug_data[4];
void find_debug_facilities(void);
void print_debug_facilities(void);
