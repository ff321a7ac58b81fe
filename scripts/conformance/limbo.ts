/** Reads x509-limbo (https://x509-limbo.com), schema version 1, and the profile that says which of its cases concern a client's validator. */

import { UsageError } from '../usage-error.ts'
import { type Fields, fieldsOf, readJson } from './read-json.ts'
import { type Case, POOL, PROFILES, type Profile, type Question, STRICT } from './suite.ts'

/** `validation_time: null` means now; fixed, so that a certificate that expires does not change a verdict. */
const NOW = new Date('2026-11-20T20:30:00Z')

/** The suite's names of purposes (RFC 5280 4.2.1.12). Others are written as OIDs. */
const PURPOSES: ReadonlyMap<string, string> = new Map([
  ['anyExtendedKeyUsage', '2.5.29.37.0'],
  ['serverAuth', 'serverAuth'],
  ['clientAuth', 'clientAuth'],
  ['codeSigning', '1.3.6.1.5.5.7.3.3'],
  ['emailProtection', '1.3.6.1.5.5.7.3.4'],
  ['timeStamping', '1.3.6.1.5.5.7.3.8'],
  ['OCSPSigning', '1.3.6.1.5.5.7.3.9'],
])

/** @param profilePath - Without it every case is `unclassified`. */
export function readLimbo(path: string, profilePath: string | undefined): readonly Case[] {
  const file = fieldsOf(readJson(path), path)
  const version = file.numberOrNull('version')
  if (version !== 1) throw new UsageError(`${path}.version is ${version}, only 1 is read`)
  const profiles = profilePath === undefined ? new Map<string, Profile>() : readProfiles(profilePath)
  return file.list('testcases').map((testcase) => readCase(testcase, profiles))
}

function readProfiles(path: string): ReadonlyMap<string, Profile> {
  const cases = fieldsOf(readJson(path), path).fields('cases').fieldsByName()
  return new Map(
    cases.map(([id, row]) => {
      const word = row.text('profile')
      const profile = PROFILES.find((known) => known === word)
      if (profile === undefined) throw new UsageError(`${path}: ${id} has the unknown profile ${word}`)
      return [id, profile]
    }),
  )
}

function readCase(testcase: Fields, profiles: ReadonlyMap<string, Profile>): Case {
  const id = testcase.text('id')
  const unsupported = unsupportedBy(testcase)
  return {
    suite: 'limbo',
    id,
    namespace: id.split('::').slice(0, -1).join('::'),
    profile: profiles.get(id) ?? 'unclassified',
    expected: readExpected(testcase.text('expected_result'), id),
    about: unsupported ?? proseOf(testcase.text('description')),
    question: unsupported === undefined ? readQuestion(testcase) : null,
  }
}

function readExpected(word: string, id: string): Case['expected'] {
  if (word === 'SUCCESS') return 'accept'
  if (word === 'FAILURE') return 'reject'
  throw new UsageError(`${id}.expected_result is ${word}`)
}

/** Constraints for which the library has no option: a case that gives one is not put as if it had not. */
function unsupportedBy(testcase: Fields): string | undefined {
  const field = ['signature_algorithms', 'key_usage'].find((name) => testcase.texts(name).length > 0)
  return field && `the case constrains ${field}, for which there is no option`
}

function readQuestion(testcase: Fields): Question {
  const time = testcase.textOrNull('validation_time')
  const at = time === null ? NOW : new Date(time)
  const depth = testcase.numberOrNull('max_chain_depth')
  const crls = testcase.texts('crls')
  return {
    input: { pem: [testcase.text('peer_certificate'), ...testcase.texts('untrusted_intermediates')].join('\n') },
    options: {
      // What the suite trusts it trusts, self-signed or not.
      trust: { pem: testcase.texts('trusted_certs').join('\n'), partialChain: true },
      clock: () => at,
      limits: POOL,
      ...(depth === null ? {} : { maxIntermediates: depth }),
      ...(crls.length === 0 ? {} : { revocation: { ...STRICT, crls: { pem: crls.join('\n') } } }),
    },
    purposes: readPurposes(testcase),
  }
}

function readPurposes(testcase: Fields): readonly string[] {
  const asked = testcase.texts('extended_key_usage')
  if (asked.length > 0) return asked.map((name) => PURPOSES.get(name) ?? name)
  return [testcase.text('validation_kind') === 'CLIENT' ? 'clientAuth' : 'serverAuth']
}

/** The description on one line, without drawings and quotations. */
const proseOf = (description: string): string =>
  description
    .replaceAll(/```[^`]*```|^>.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
