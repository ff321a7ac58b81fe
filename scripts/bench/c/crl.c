/*
 * A CRL in C: parsed, sorted, looked up, time taken by its own clock.
 *
 * Commands by the line:
 *   crl PATH      DER to work on from now on
 *   serial HEX    one more serial number, for `find`
 *   load N        parses it N times, each with the first lookup, which sorts; answers in nanoseconds, without freeing
 *   keep          parses it and keeps it; answers in octets that it takes of the heap
 *   judge HEX     "revoked" or "absent" in what is kept
 *   find N        looks up the next N numbers of the list; answers in nanoseconds
 *   version
 */
#include <malloc.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned char *octets;
static long length;
static X509_CRL *kept;
static ASN1_INTEGER **serials;
static size_t count, next;

static void fail(const char *why) {
  fprintf(stderr, "crl: %s\n", why);
  exit(1);
}

static void read_file(const char *path) {
  FILE *file = path == NULL ? NULL : fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail("no such file");
  length = ftell(file);
  rewind(file);
  free(octets);
  octets = malloc((size_t)length);
  if (octets == NULL || fread(octets, 1, (size_t)length, file) != (size_t)length) fail("cannot be read");
  fclose(file);
}

static ASN1_INTEGER *serial_of(const char *hex) {
  BIGNUM *number = NULL;
  if (hex == NULL || BN_hex2bn(&number, hex) == 0) fail("no serial number");
  ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
  BN_free(number);
  if (serial == NULL) fail("no memory");
  return serial;
}

static void append(ASN1_INTEGER *serial) {
  serials = realloc(serials, (count + 1) * sizeof(*serials));
  if (serials == NULL) fail("no memory");
  serials[count++] = serial;
}

/* What a verification does with a CRL: parse it, look a number up. */
static X509_CRL *load(void) {
  const unsigned char *at = octets;
  X509_CRL *crl = d2i_X509_CRL(NULL, &at, length);
  X509_REVOKED *entry = NULL;
  if (crl == NULL || count == 0) fail("no CRL, or no number to look up");
  X509_CRL_get0_by_serial(crl, &entry, serials[0]);
  return crl;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void time_loads(long times) {
  long long took = 0;
  for (long index = 0; index < times; index++) {
    long long begin = now();
    X509_CRL *crl = load();
    took += now() - begin;
    X509_CRL_free(crl);
  }
  printf("%lld\n", took);
}

static void keep(void) {
  X509_CRL_free(kept);
  kept = NULL;
  struct mallinfo2 before = mallinfo2();
  kept = load();
  struct mallinfo2 after = mallinfo2();
  printf("%lld\n", (long long)(after.uordblks - before.uordblks) + (long long)(after.hblkhd - before.hblkhd));
}

static void time_finds(long times) {
  long revoked = 0;
  long long begin = now();
  for (long index = 0; index < times; index++) {
    X509_REVOKED *entry = NULL;
    revoked += X509_CRL_get0_by_serial(kept, &entry, serials[next++ % count]) == 1;
  }
  long long took = now() - begin;
  if (revoked == 0 && times >= (long)count) fail("found nothing");
  printf("%lld\n", took);
}

static void judge(ASN1_INTEGER *serial) {
  X509_REVOKED *entry = NULL;
  printf("%s\n", X509_CRL_get0_by_serial(kept, &entry, serial) == 1 ? "revoked" : "absent");
  ASN1_INTEGER_free(serial);
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    const char *command = strtok(line, " \n");
    if (command == NULL) continue;
    const char *argument = strtok(NULL, " \n");
    if (strcmp(command, "crl") == 0) read_file(argument);
    else if (strcmp(command, "serial") == 0) append(serial_of(argument));
    else if (strcmp(command, "load") == 0) time_loads(atol(argument));
    else if (strcmp(command, "keep") == 0) keep();
    else if (strcmp(command, "judge") == 0) judge(serial_of(argument));
    else if (strcmp(command, "find") == 0) time_finds(atol(argument));
    else if (strcmp(command, "version") == 0) printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    else fail("unknown command");
    fflush(stdout);
  }
  return 0;
}
