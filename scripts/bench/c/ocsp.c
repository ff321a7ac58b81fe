/*
 * An OCSP response in C: parsed, its delegated signer and itself verified, its status found, time taken by its own clock.
 *
 * Commands by the line, octets in hexadecimal:
 *   issuer HEX       who issued the certificate that is asked about, trusted
 *   subject HEX      the certificate
 *   response HEX     one more response, for `run`
 *   judge HEX        "good", or "refused"
 *   run N            verifies N responses, the next of the list each time; answers in nanoseconds
 *   version
 */
#include <openssl/crypto.h>
#include <openssl/ocsp.h>
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

static X509_STORE *store;
static X509 *issuer, *subject;
static Der *responses;
static size_t count, next;

static void fail(const char *why) {
  fprintf(stderr, "ocsp: %s\n", why);
  exit(1);
}

static Der next_der(void) {
  const char *text = strtok(NULL, " \n");
  long length;
  unsigned char *octets = text == NULL ? NULL : OPENSSL_hexstr2buf(text, &length);
  if (octets == NULL) fail("octets expected");
  return (Der){octets, length};
}

static X509 *next_certificate(void) {
  Der der = next_der();
  const unsigned char *at = der.octets;
  X509 *certificate = d2i_X509(NULL, &at, der.length);
  if (certificate == NULL) fail("no certificate");
  return certificate;
}

/* What a client does with an answer: RFC 6960 3.2, with a minute of skew. */
static int is_good(Der der) {
  const unsigned char *at = der.octets;
  OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, der.length);
  OCSP_BASICRESP *basic = NULL;
  int verdict = 0, status = -1;
  if (response != NULL && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
    basic = OCSP_response_get1_basic(response);
  if (basic != NULL && OCSP_basic_verify(basic, NULL, store, 0) == 1) {
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), subject, issuer);
    ASN1_GENERALIZEDTIME *revoked, *from, *until;
    if (id != NULL && OCSP_resp_find_status(basic, id, &status, NULL, &revoked, &from, &until))
      verdict = status == V_OCSP_CERTSTATUS_GOOD && OCSP_check_validity(from, until, 60, -1) == 1;
    OCSP_CERTID_free(id);
  }
  OCSP_BASICRESP_free(basic);
  OCSP_RESPONSE_free(response);
  return verdict;
}

static void append(Der der) {
  responses = realloc(responses, (count + 1) * sizeof(*responses));
  if (responses == NULL) fail("no memory");
  responses[count++] = der;
}

static void run(long times) {
  if (count == 0) fail("nothing to verify");
  struct timespec begin, end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  for (long index = 0; index < times; index++)
    if (!is_good(responses[next++ % count])) fail("refused a good response");
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  printf("%lld\n", (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  store = X509_STORE_new();
  if (store == NULL) fail("no memory");
  while (getline(&line, &room, stdin) > 0) {
    const char *command = strtok(line, " \n");
    if (command == NULL) continue;
    if (strcmp(command, "issuer") == 0) X509_STORE_add_cert(store, issuer = next_certificate());
    else if (strcmp(command, "subject") == 0) subject = next_certificate();
    else if (strcmp(command, "response") == 0) append(next_der());
    else if (strcmp(command, "judge") == 0) printf("%s\n", is_good(next_der()) ? "good" : "refused");
    else if (strcmp(command, "run") == 0) run(atol(strtok(NULL, " \n")));
    else if (strcmp(command, "version") == 0) printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    else fail("unknown command");
    fflush(stdout);
  }
  return 0;
}
