/** Certificates that are larger than what headers may hold: of Node, 16,384 bytes for all of them; of HAProxy, its buffer. */
import type { Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { root } from './application.ts'
import { behind, certificateIn, certificateOf, wordFor } from './behind.ts'
import { PROXIES, type RealProxy } from './proxies.ts'

/** A certificate with so many names. */
const withNames = (count: number): Leaf =>
  root.issue({
    subject: 'large',
    san: { dns: Array.from({ length: count }, (_, index) => `host-${index}.example.com`) },
  })

/** 6 kB as DER, and 13. */
const [large, larger] = [withNames(250), withNames(600)]

function describeSize<Mode extends string>(proxy: RealProxy<Mode>, word: string): void {
  describe(proxy.program.title, () => {
    const ask = behind(proxy, { lenient: { mode: proxy.lenient } })

    test('a large certificate is accepted', async () => {
      const outcome = await ask('lenient', large)
      expect(wordFor(outcome)).toBe('accepted')
      expect(certificateIn(outcome)).toBe(certificateOf(large))
    })

    test(`one larger than a header may be: ${word}`, async () => {
      expect(wordFor(await ask('lenient', larger))).toBe(word)
    })
  })
}

// Node answers 431 before the application sees anything, and these hand it on.
describeSize(PROXIES.nginx, '431 by the proxy')
describeSize(PROXIES.apache, '431 by the proxy')
describeSize(PROXIES.caddy, '431 by the proxy')
// HAProxy answers nothing and forwards: an empty certificate, `used` and no error.
describeSize(PROXIES.haproxy, 'ERR_EVIDENCE_CONTRADICTION')
