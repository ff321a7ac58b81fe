import { createAuthority } from '@clientcert/testing'
import { test } from 'vitest'
import { dns } from '../src/index.ts'
import { expectMistake, type Row, root, trust } from './mistake-in.ts'

const ids = [
  { ...trust, id: 'a' },
  { pem: createAuthority().certificate.pem, id: 'b' },
]

const REFUSED: readonly Row[] = [
  // mode, allow, anchors, responses: of the authenticator and of each route.
  ['an unknown mode', { mode: 'requird' }, 'mode', 'ERR_CONFIG_VALUE', '`required`'],
  ['a mode of another case', { mode: 'Required' }, 'mode', 'ERR_CONFIG_VALUE'],
  ['a mode that is true', { mode: true }, 'mode', 'ERR_CONFIG_VALUE'],
  ['a mode that is null', { mode: null }, 'mode', 'ERR_CONFIG_VALUE'],
  ['a rule that is a string', { allow: 'dns:alice' }, 'allow', 'ERR_CONFIG_TYPE', 'dns()'],
  ['a rule that is a function', { allow: () => true }, 'allow', 'ERR_CONFIG_TYPE'],
  ['a rule that is a pattern', { allow: /alice/ }, 'allow', 'ERR_CONFIG_TYPE'],
  ['a rule that is an array', { allow: [dns('a')] }, 'allow', 'ERR_CONFIG_TYPE'],
  ['a rule that is null', { allow: null }, 'allow', 'ERR_CONFIG_TYPE'],
  ['a rule of another copy', { allow: new (class Rule {})() }, 'allow', 'ERR_CONFIG_FOREIGN_COPY', 'npm ls'],
  ['no anchor at all', { trust: ids, anchors: [] }, 'anchors', 'ERR_CONFIG_ANCHOR_ID', 'leave it out'],
  ['an unknown anchor', { trust: ids, anchors: ['a', 'c'] }, 'anchors[1]', 'ERR_CONFIG_ANCHOR_ID', '`a`, `b`'],
  ['an anchor where no source has an id', { anchors: ['a'] }, 'anchors[0]', 'ERR_CONFIG_ANCHOR_ID', 'give it one'],
  ['an anchor twice', { trust: ids, anchors: ['a', 'b', 'a'] }, 'anchors[2]', 'ERR_CONFIG_ANCHOR_ID'],
  ['anchors as one string', { trust: ids, anchors: 'a' }, 'anchors', 'ERR_CONFIG_TYPE'],
  ['anchors that are numbers', { trust: ids, anchors: [1] }, 'anchors[0]', 'ERR_CONFIG_TYPE'],
  ['unknown responses', { responses: 'apache' }, 'responses', 'ERR_CONFIG_VALUE', '`kong`, `nginx`, `rfc9440`'],
  ['responses that are an object', { responses: { statusCode: 401 } }, 'responses', 'ERR_CONFIG_VALUE'],

  // trust
  ['no trust that is undefined', { trust: undefined }, 'trust', 'ERR_CONFIG_TYPE', 'undefined'],
  ['trust that is a path', { trust: './ca.pem' }, 'trust', 'ERR_CONFIG_TYPE', '{ file: PATH }'],
  ['trust that is PEM', { trust: trust.pem }, 'trust', 'ERR_CONFIG_TYPE', '{ pem: TEXT }'],
  ['trust that is a buffer', { trust: Buffer.from(trust.pem) }, 'trust', 'ERR_CONFIG_TYPE'],
  ['an empty array of trust', { trust: [] }, 'trust', 'ERR_CONFIG_TYPE'],
  ['a source without a kind', { trust: {} }, 'trust', 'ERR_CONFIG_MISSING', 'names no source'],
  ['a source of two kinds', { trust: { ...trust, file: 'x' } }, 'trust', 'ERR_CONFIG_MISSING', '2 sources at once'],
  ['a misspelt source', { trust: { fiel: 'x' } }, 'trust.fiel', 'ERR_CONFIG_UNKNOWN_OPTION', '`file`'],
  ['an id twice', { trust: [ids[0], ids[0]] }, 'trust', 'ERR_CONFIG_ANCHOR_ID', 'twice'],
  ['an empty id', { trust: { ...trust, id: '' } }, 'trust.id', 'ERR_CONFIG_TYPE'],
  [
    'partialChain that is a word',
    { trust: { ...trust, partialChain: 'yes' } },
    'trust.partialChain',
    'ERR_CONFIG_TYPE',
  ],
  ['reload of pem', { trust: { ...trust, reload: 'watch' } }, 'trust.reload', 'ERR_CONFIG_VALUE'],
  ['reload that is unknown', { trust: { file: 'x', reload: 'often' } }, 'trust.reload', 'ERR_CONFIG_VALUE'],
  ['pem that is empty', { trust: { pem: '' } }, 'trust.pem', 'ERR_CONFIG_TYPE'],
  ['pem that holds nothing', { trust: { pem: 'hello' } }, 'trust.pem', 'ERR_CONFIG_TRUST_MALFORMED'],
  [
    'pem without an anchor',
    { trust: { pem: root.intermediate().certificate.pem } },
    'trust',
    'ERR_CONFIG_NO_ANCHOR',
    'partialChain',
  ],
  [
    'a file that is not there',
    { trust: { file: '/nowhere/ca.pem' } },
    'trust.file',
    'ERR_CONFIG_TRUST_UNREADABLE',
    '/nowhere/ca.pem',
  ],
  ['the second of several', { trust: [trust, { file: 7 }] }, 'trust[1].file', 'ERR_CONFIG_TYPE'],

  // the rest
  [
    'revocation that is not supported yet',
    { revocation: 'strict' },
    'revocation',
    'ERR_CONFIG_VALUE',
    'not supported in this version',
  ],
  [
    'the other one',
    { revocation: 'ignore-ca-error' },
    'revocation',
    'ERR_CONFIG_VALUE',
    'not supported in this version',
  ],
  ['revocation that is unknown', { revocation: 'none' }, 'revocation', 'ERR_CONFIG_VALUE', '`skip`'],
  ['revocation that is false', { revocation: false }, 'revocation', 'ERR_CONFIG_VALUE'],
  ['maxIntermediates below', { maxIntermediates: -1 }, 'maxIntermediates', 'ERR_CONFIG_RANGE', 'from 0 to 10'],
  ['maxIntermediates above', { maxIntermediates: 11 }, 'maxIntermediates', 'ERR_CONFIG_RANGE'],
  ['maxIntermediates that is half', { maxIntermediates: 1.5 }, 'maxIntermediates', 'ERR_CONFIG_RANGE'],
  ['maxIntermediates that is NaN', { maxIntermediates: Number.NaN }, 'maxIntermediates', 'ERR_CONFIG_RANGE'],
  ['maxIntermediates that is a string', { maxIntermediates: '2' }, 'maxIntermediates', 'ERR_CONFIG_TYPE'],
  ['limits.presented below', { limits: { presented: -1 } }, 'limits.presented', 'ERR_CONFIG_RANGE'],
  ['limits.presented above', { limits: { presented: 65 } }, 'limits.presented', 'ERR_CONFIG_RANGE'],
  [
    'limits.certificateBytes below',
    { limits: { certificateBytes: 511 } },
    'limits.certificateBytes',
    'ERR_CONFIG_RANGE',
  ],
  [
    'limits.certificateBytes above',
    { limits: { certificateBytes: 1_048_577 } },
    'limits.certificateBytes',
    'ERR_CONFIG_RANGE',
  ],
  ['limits.signatureCost below', { limits: { signatureCost: 0 } }, 'limits.signatureCost', 'ERR_CONFIG_RANGE'],
  ['limits.signatureCost above', { limits: { signatureCost: 10_001 } }, 'limits.signatureCost', 'ERR_CONFIG_RANGE'],
  ['limits.remembered below', { limits: { remembered: -1 } }, 'limits.remembered', 'ERR_CONFIG_RANGE'],
  ['limits.remembered above', { limits: { remembered: 1_000_001 } }, 'limits.remembered', 'ERR_CONFIG_RANGE'],
  [
    'a limit that is Infinity',
    { limits: { signatureCost: Number.POSITIVE_INFINITY } },
    'limits.signatureCost',
    'ERR_CONFIG_RANGE',
  ],
  ['an unknown limit', { limits: { depth: 3 } }, 'limits.depth', 'ERR_CONFIG_UNKNOWN_OPTION'],
  ['limits that are a number', { limits: 3 }, 'limits', 'ERR_CONFIG_TYPE'],
  ['a logger without warn', { logger: { info: () => {} } }, 'logger', 'ERR_CONFIG_TYPE', 'pino'],
  ['a logger whose info is none', { logger: { info: true, warn: () => {} } }, 'logger', 'ERR_CONFIG_TYPE'],
  ['a logger that is a function', { logger: () => {} }, 'logger', 'ERR_CONFIG_TYPE'],
  ['a logger that is false', { logger: false }, 'logger', 'ERR_CONFIG_TYPE'],
  ['a clock that is a Date', { clock: new Date() }, 'clock', 'ERR_CONFIG_TYPE', 'function'],
  ['a clock that is a number', { clock: 0 }, 'clock', 'ERR_CONFIG_TYPE'],
]

test.each(REFUSED.map((row) => ({ title: row[0], row })))('refuses $title', ({ row }) => expectMistake(row))
