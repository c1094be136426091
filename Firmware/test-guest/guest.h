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
void run_probes(u32 cpu, u32 isa);
