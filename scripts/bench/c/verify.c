/*
 * The same job in C: certificates in, verdicts out, time taken by its own clock.
 *
 * Commands by the line, octets in hexadecimal:
 *   at SECONDS            the instant of validation
 *   root HEX              one more trust anchor
 *   issuer HEX            the intermediate that is kept parsed
 *   chain HEX HEX         one more end entity with its intermediate, for `run`
 *   leaf HEX              one more end entity of the issuer, for `run`
 *   judge kept HEX        one verdict: "ok", or "refused" and the reason
 *   judge cold HEX HEX
 *   run kept N            verifies N end entities, the next of the list each time; answers in nanoseconds
 *   run cold N
 *   version
 */
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  unsigned char *octets;
  long length;
} Der;

typedef struct {
  Der leaf, intermediate;
} Chain;

typedef struct {
  Chain *items;
  size_t count, next;
} List;

static X509_STORE *store;
static STACK_OF(X509) *kept;
static time_t instant;
static List leaves, chains;

static void fail(const char *why) {
  fprintf(stderr, "verify: %s\n", why);
  exit(1);
}

static int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  fail("no hexadecimal digit");
  return 0;
}

static Der next_der(void) {
  const char *text = strtok(NULL, " \n");
  if (text == NULL) fail("octets expected");
  Der der = {malloc(strlen(text) / 2 + 1), (long)(strlen(text) / 2)};
  if (der.octets == NULL) fail("no memory");
  for (long index = 0; index < der.length; index++)
    der.octets[index] = (unsigned char)(digit(text[2 * index]) << 4 | digit(text[2 * index + 1]));
  return der;
}

static X509 *decode(Der der) {
  const unsigned char *at = der.octets;
  return d2i_X509(NULL, &at, der.length);
}

static X509 *next_certificate(void) {
  X509 *certificate = decode(next_der());
  if (certificate == NULL) fail("no certificate");
  return certificate;
}

static void append(List *list, Chain chain) {
  list->items = realloc(list->items, (list->count + 1) * sizeof(Chain));
  if (list->items == NULL) fail("no memory");
  list->items[list->count++] = chain;
}

/* The profile of a TLS client: purpose sslclient, as every server with SSL_VERIFY_PEER has it. */
static int verify(X509 *leaf, STACK_OF(X509) *untrusted, int *reason) {
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (context == NULL || !X509_STORE_CTX_init(context, store, leaf, untrusted)) fail("no context");
  X509_STORE_CTX_set_default(context, "ssl_client");
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), instant);
  int verdict = X509_verify_cert(context) == 1;
  if (reason != NULL) *reason = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  return verdict;
}

static int verify_kept(Chain chain, int *reason) {
  X509 *leaf = decode(chain.leaf);
  int verdict = leaf != NULL && verify(leaf, kept, reason);
  X509_free(leaf);
  return verdict;
}

static int verify_cold(Chain chain, int *reason) {
  X509 *leaf = decode(chain.leaf), *intermediate = decode(chain.intermediate);
  STACK_OF(X509) *untrusted = sk_X509_new_null();
  int verdict = 0;
  if (leaf != NULL && intermediate != NULL && untrusted != NULL && sk_X509_push(untrusted, intermediate))
    verdict = verify(leaf, untrusted, reason);
  sk_X509_free(untrusted);
  X509_free(intermediate);
  X509_free(leaf);
  return verdict;
}

typedef int (*Verifier)(Chain, int *);

static void judge(void) {
  int is_cold = strcmp(strtok(NULL, " \n"), "cold") == 0, reason = 0;
  Chain chain = {next_der(), {NULL, 0}};
  if (is_cold) chain.intermediate = next_der();
  int verdict = (is_cold ? verify_cold : verify_kept)(chain, &reason);
  if (verdict) printf("ok\n");
  else printf("refused %s\n", X509_verify_cert_error_string(reason));
}

static void run(void) {
  int is_cold = strcmp(strtok(NULL, " \n"), "cold") == 0;
  long times = atol(strtok(NULL, " \n"));
  List *list = is_cold ? &chains : &leaves;
  Verifier verifier = is_cold ? verify_cold : verify_kept;
  if (list->count == 0) fail("nothing to verify");
  struct timespec begin, end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  for (long count = 0; count < times; count++)
    if (!verifier(list->items[list->next++ % list->count], NULL)) fail("refused a good chain");
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  printf("%lld\n", (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  store = X509_STORE_new();
  kept = sk_X509_new_null();
  if (store == NULL || kept == NULL) fail("no memory");
  while (getline(&line, &room, stdin) > 0) {
    const char *command = strtok(line, " \n");
    if (command == NULL) continue;
    if (strcmp(command, "at") == 0) instant = (time_t)atoll(strtok(NULL, " \n"));
    else if (strcmp(command, "root") == 0) X509_STORE_add_cert(store, next_certificate());
    else if (strcmp(command, "issuer") == 0) sk_X509_push(kept, next_certificate());
    else if (strcmp(command, "leaf") == 0) append(&leaves, (Chain){next_der(), {NULL, 0}});
    else if (strcmp(command, "chain") == 0) {
      Chain chain = {next_der(), {NULL, 0}};
      chain.intermediate = next_der();
      append(&chains, chain);
    } else if (strcmp(command, "judge") == 0) judge();
    else if (strcmp(command, "run") == 0) run();
    else if (strcmp(command, "version") == 0) printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    else fail("unknown command");
    fflush(stdout);
  }
  return 0;
}
