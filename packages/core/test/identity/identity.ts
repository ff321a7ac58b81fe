/** Identities as they come about: from a certificate, verified. There is no other way. */
import { type Authority, type CertificateOptions, createAuthority } from '@clientcert/testing'
import { type ClientIdentity, identityOf } from '../../src/identity/client-identity.ts'
import { pathOf, storeOf } from '../path/verdict.ts'

const root = createAuthority('Root')
const store = storeOf([{ id: 'root', authority: root }])

/** The identity of a client directly below a root. */
export const identityWith = (options: CertificateOptions = {}): ClientIdentity =>
  identityOf(pathOf(root.issue(options), store))

/** The identity of an authority in the place of a client. */
export const identityOfAuthority = (options: CertificateOptions = {}): ClientIdentity =>
  identityOf(pathOf(root.intermediate(options), store))

export const identityRoot: Authority = root
