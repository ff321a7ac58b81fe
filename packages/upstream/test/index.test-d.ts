import type { TlsMaterialSource } from '@clientcert/core'
import { expectTypeOf, test } from 'vitest'
import type { AmbassadorTlsContext, CertificateOptions, TlsContextOptions } from '../src/index.ts'

declare const source: TlsMaterialSource

test('each kind of certificate is taken alone', () => {
  expectTypeOf({ certChainFile: 'a', privateKeyFile: 'b', passphrase: 'c' }).toExtend<CertificateOptions>()
  expectTypeOf({ directory: 'a', layout: 'istio' as const }).toExtend<CertificateOptions>()
  expectTypeOf({ source, caCertChainFile: 'a' }).toExtend<TlsContextOptions>()
  expectTypeOf({ certificate: 'none' as const }).toExtend<TlsContextOptions>()
  expectTypeOf<AmbassadorTlsContext>().toExtend<TlsContextOptions>()
})

test('none, half a pair, and two kinds are not', () => {
  expectTypeOf<{ name: string }>().not.toExtend<TlsContextOptions>()
  expectTypeOf({ certChainFile: 'a' }).not.toExtend<CertificateOptions>()
  expectTypeOf({ directory: 'a', certChainFile: 'b', privateKeyFile: 'c' }).not.toExtend<CertificateOptions>()
  expectTypeOf({ pfxFile: 'a', source }).not.toExtend<CertificateOptions>()
  expectTypeOf({ source, passphrase: 'a' }).not.toExtend<CertificateOptions>()
})
