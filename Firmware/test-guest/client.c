/* Calls to the firmware: client interface services, console, RTAS. All cells are 32 bits. */
#include "guest.h"

static u32 client_entry, console, rtas_node, rtas_entry;

/* Calls a service with cells: arguments in, results after them. 0 when the service was invoked. */
int client(const char *service, u32 arguments, u32 results, u32 *cells) {
  u32 call[3 + 12];
  call[0] = (u32)service;
  call[1] = arguments;
  call[2] = results;
  for (u32 i = 0; i < arguments; i++) call[3 + i] = cells[i];
  for (u32 i = 0; i < results; i++) call[3 + arguments + i] = 0;
  int status = call_entry(call, client_entry);
  for (u32 i = 0; i < results; i++) cells[i] = call[3 + arguments + i];
  return status;
}

/* A service with one argument and one result. */
u32 client1(const char *service, u32 a) {
  return client(service, 1, 1, &a) == 0 ? a : NONE;
}

void client_start(u32 entry) {
  client_entry = entry;
  u32 chosen = client1("finddevice", (u32)"/chosen");
  console = word_property(chosen, "stdout", 0);
}

/* Length of the property, or -1; at most size bytes are stored. */
int property(u32 node, const char *name, void *buffer, u32 size) {
  u32 cells[4] = {node, (u32)name, (u32)buffer, size};
  return client("getprop", 4, 1, cells) == 0 ? (int)cells[0] : -1;
}

u32 word_property(u32 node, const char *name, u32 otherwise) {
  u32 value;
  return property(node, name, &value, 4) == 4 ? value : otherwise;
}

void print(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  u32 cells[3] = {console, (u32)text, length};
  if (console) client("write", 3, 1, cells);
}

void print_hex(u32 value, int digits) {
  char text[9];
  for (int i = digits - 1; i >= 0; i--, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  text[digits] = 0;
  print(text);
}

/* At least so many digits. */
void print_decimal(u32 value, int digits) {
  char text[12];
  int at = 11;
  text[at] = 0;
  for (; value || digits > 0; value /= 10, digits--) text[--at] = '0' + value % 10;
  print(text + at);
}

/* Instantiates RTAS in memory that the firmware hands out. */
int rtas_start(u32 node) {
  rtas_node = node;
  u32 size = word_property(node, "rtas-size", 0);
  u32 claim[3] = {0, size, 4096};
  if (!size || client("claim", 3, 1, claim) || claim[0] == NONE) return -1;
  u32 instance = client1("open", (u32)"/rtas");
  u32 cells[3] = {(u32)"instantiate-rtas", instance, claim[0]};
  if (client("call-method", 3, 2, cells) || cells[0]) return -1;
  rtas_entry = cells[1];
  return rtas_entry ? 0 : -1;
}

/* Calls an RTAS function by name: its status, -3 where there is none. */
int rtas(const char *function, u32 arguments, u32 results, u32 *cells) {
  u32 call[3 + 12];
  call[0] = word_property(rtas_node, function, NONE);
  if (!rtas_entry || call[0] == NONE) return -3;
  call[1] = arguments;
  call[2] = results;
  for (u32 i = 0; i < arguments; i++) call[3 + i] = cells[i];
  call_entry(call, rtas_entry);
  for (u32 i = 1; i < results; i++) cells[i - 1] = call[3 + arguments + i];
  return (int)call[3 + arguments];
}

/* The compiler calls it for initial values. */
void *memset(void *to, int byte, u32 count) {
  volatile u8 *at = to;
  while (count--) *at++ = (u8)byte;
  return to;
}
