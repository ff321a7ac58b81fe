/** Everything for which material is not taken, in one table: `docs/errors.md` is generated from it. */
import type { CertificateRef, ReasonTable } from '@clientcert/core'

interface Place {
  /** The option that leads there: `certChainFile`, `directory`, `source`. */
  readonly option: string
  /** The absolute path, or what else it stands in. */
  readonly from: string
}

export interface MaterialEvidence {
  ERR_MATERIAL_MISSING: Place & { readonly what: string; readonly reason: string }
  ERR_MATERIAL_AMBIGUOUS: Place & { readonly layouts: readonly string[] }
  ERR_MATERIAL_TOO_LARGE: Place & {
    readonly limit: number
    readonly present: number
    readonly unit: 'bytes' | 'certificates'
  }
  ERR_MATERIAL_MALFORMED: Place & { readonly what: string; readonly reason: string }
  ERR_MATERIAL_PASSPHRASE: Place & { readonly problem: 'missing' | 'wrong' }
  ERR_MATERIAL_MISMATCH: Place & {
    readonly certificate: CertificateRef
    readonly keyFrom: string
    /** The certificate of the chain that the key does belong to. */
    readonly belongsTo: CertificateRef | null
  }
  ERR_MATERIAL_NOT_YET_VALID: Place & {
    readonly certificate: CertificateRef
    readonly notBefore: Date
    readonly at: Date
  }
  ERR_MATERIAL_EXPIRED: Place & { readonly certificate: CertificateRef; readonly notAfter: Date; readonly at: Date }
  ERR_MATERIAL_EXPIRES_SOON: Place & {
    readonly certificate: CertificateRef
    readonly notAfter: Date
    readonly at: Date
  }
  ERR_MATERIAL_NOT_AUTHORITY: Place & { readonly certificate: CertificateRef }
  ERR_MATERIAL_NO_ANCHOR: Place & { readonly certificates: number }
  ERR_MATERIAL_AUTHORITIES_GONE: Place & { readonly were: string; readonly wouldBe: string }
  ERR_MATERIAL_UNUSABLE: Place & { readonly certificate: CertificateRef | null; readonly reason: string }
}

export type MaterialCode = keyof MaterialEvidence

const named = ({ subject, serial }: CertificateRef): string =>
  `certificate ${subject || '(no subject)'}, serial ${serial},`

/** Every code of material. */
export const MATERIAL_FAILURES: ReasonTable<MaterialEvidence> = {
  ERR_MATERIAL_MISSING: {
    clause: 'closed unless configured',
    meaning: 'A file or a part of the material is not there, or cannot be read.',
    message: ({ from, what, reason }) => `${what} is not to be had from ${from}: ${reason}`,
    hint: "Look whether it is written there, and whether this process may read it. Where it comes later, give `whenMissing: 'wait'`.",
  },
  ERR_MATERIAL_AMBIGUOUS: {
    clause: '`layout`',
    meaning: 'A directory holds the certificates of several layouts, and nothing says which is meant.',
    message: ({ from, layouts }) => `${from} holds the files of ${layouts.join(' and of ')}`,
    hint: 'Say which in `layout`, or keep one of them there.',
  },
  ERR_MATERIAL_TOO_LARGE: {
    clause: 'every input is bounded',
    meaning: 'A file has more bytes, or holds more certificates, than material is taken with.',
    message: ({ from, limit, present, unit }) => `${from} has ${present} ${unit}, and at most ${limit} are taken`,
    hint: 'Write only our own chain, and the authorities of the servers, there.',
  },
  ERR_MATERIAL_MALFORMED: {
    clause: 'RFC 7468 2, RFC 5280 4.1, RFC 7292 4',
    meaning: 'A file is no whole PEM or PFX, or a certificate or key in it cannot be read.',
    message: ({ from, what, reason }) => `${from} holds no whole ${what}: ${reason}`,
    hint: 'While it is being written this passes by itself. Otherwise write it again, as a whole, in PEM, or as a PFX (`openssl pkcs12 -export`).',
  },
  ERR_MATERIAL_PASSPHRASE: {
    clause: 'RFC 5958 3, RFC 7292 4.2.2',
    meaning: 'A key or PFX is encrypted, and the passphrase is missing or wrong.',
    message: ({ from, problem }) =>
      problem === 'missing'
        ? `${from} is encrypted, and there is no passphrase`
        : `${from} is not opened by the passphrase, or was changed since it was encrypted`,
    hint: 'Give the passphrase that it was encrypted with, or write it without encryption.',
  },
  ERR_MATERIAL_MISMATCH: {
    clause: 'RFC 8446 4.4.3',
    meaning: 'The key does not belong to the first certificate of the chain.',
    message: ({ from, certificate, keyFrom, belongsTo }) =>
      `the key of ${keyFrom} does not belong to the ${named(certificate)} which is the first of ${from}` +
      (belongsTo === null ? '' : `; it belongs to certificate ${belongsTo.position + 1}, ${belongsTo.subject}`),
    hint: 'While both are being written this passes by itself. Otherwise write the certificate that was made for this key, before its intermediates.',
  },
  ERR_MATERIAL_NOT_YET_VALID: {
    clause: 'RFC 5280 4.1.2.5',
    meaning: 'Our certificate is not valid yet.',
    message: ({ from, certificate, notBefore, at }) =>
      `the ${named(certificate)} of ${from} is valid from ${notBefore.toISOString()}, and now is ${at.toISOString()}`,
    hint: 'Look at the clock of this machine, and of the one that issued it. It is looked at again by itself.',
  },
  ERR_MATERIAL_EXPIRED: {
    clause: 'RFC 5280 4.1.2.5',
    meaning: 'Our certificate has expired.',
    message: ({ from, certificate, notAfter, at }) =>
      `the ${named(certificate)} of ${from} expired at ${notAfter.toISOString()}, and now is ${at.toISOString()}`,
    hint: 'Look at what should renew it. A certificate that was good when it was loaded is presented until there is another.',
  },
  ERR_MATERIAL_EXPIRES_SOON: {
    clause: '`warnBeforeExpirySeconds`',
    meaning: 'Our certificate expires soon, and nothing has replaced it yet. It is presented all the same.',
    message: ({ from, certificate, notAfter, at }) =>
      `the ${named(certificate)} of ${from} expires at ${notAfter.toISOString()}, and now is ${at.toISOString()}`,
    hint: 'Look at what should renew it: it has not done so.',
  },
  ERR_MATERIAL_NOT_AUTHORITY: {
    clause: 'RFC 5280 4.2.1.9',
    meaning: 'One of the authorities that are given is no certification authority.',
    message: ({ from, certificate }) =>
      `the ${named(certificate)} which is number ${certificate.position + 1} of ${from}, is no certification authority`,
    hint: 'Give the certificate of the authority that issued it (basicConstraints CA:TRUE), not that of a server.',
  },
  ERR_MATERIAL_NO_ANCHOR: {
    clause: 'RFC 5280 6.1.1 d',
    meaning: 'None of the authorities that are given is self-signed, so that no path could end at one.',
    message: ({ from, certificates }) =>
      `${from} holds ${certificates === 1 ? 'one certificate, which is not' : `${certificates} certificates, none of which is`} self-signed`,
    hint: 'Add the root of the authority.',
  },
  ERR_MATERIAL_AUTHORITIES_GONE: {
    clause: 'closed unless configured',
    meaning: 'The authorities that the material had are no longer in it, and others would be trusted in their place.',
    message: ({ from, were, wouldBe }) =>
      `${from} had authorities of its own (${were}), and has none now; ${wouldBe} would be trusted instead`,
    hint: 'Write them again. Where that is what you want, make a new context: a file that was removed is no decision to trust others.',
  },
  ERR_MATERIAL_UNUSABLE: {
    clause: 'OpenSSL',
    meaning: 'OpenSSL does not take the material for connections.',
    message: ({ from, certificate, reason }) =>
      `OpenSSL does not take ${certificate === null ? 'the authorities' : `the ${named(certificate)} and its key`} of ${from}: ${reason}`,
    hint: 'Have it issued anew, with a key and signature that are strong enough.',
  },
}
