/*
 * Samba's LDAP ports are compiled in, and it knows TLS and the global catalog by the port that a connection came in on. Preloaded, this
 * has it listen elsewhere and believe that it did not: PORTS="389=20001 636=20002".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum way { OUTWARD, INWARD };

static in_port_t other(in_port_t port, enum way way) {
  const char *pairs = getenv("PORTS");
  int standard, actual, length;
  while (pairs != NULL && sscanf(pairs, " %d=%d%n", &standard, &actual, &length) == 2) {
    if (ntohs(port) == (way == OUTWARD ? standard : actual)) return htons(way == OUTWARD ? actual : standard);
    pairs += length;
  }
  return port;
}

/* NULL for a family that has none. */
static in_port_t *port_of(struct sockaddr *address) {
  if (address->sa_family == AF_INET) return &((struct sockaddr_in *)address)->sin_port;
  if (address->sa_family == AF_INET6) return &((struct sockaddr_in6 *)address)->sin6_port;
  return NULL;
}

int bind(int socket, const struct sockaddr *address, socklen_t size) {
  int (*actual)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  struct sockaddr_storage copy = {0};
  if (size > sizeof copy) return actual(socket, address, size);
  __builtin_memcpy(&copy, address, size);
  in_port_t *port = port_of((struct sockaddr *)&copy);
  if (port != NULL) *port = other(*port, OUTWARD);
  return actual(socket, (struct sockaddr *)&copy, size);
}

int getsockname(int socket, struct sockaddr *address, socklen_t *size) {
  int (*actual)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getsockname");
  int result = actual(socket, address, size);
  in_port_t *port = result == 0 && *size >= sizeof(struct sockaddr_in) ? port_of(address) : NULL;
  if (port != NULL) *port = other(*port, INWARD);
  return result;
}
