import { expect, test } from 'vitest'
import { createFetchedNews } from '../../src/revocation/fetched-status.ts'
import type { SourceEvent } from '../../src/sources/refresher.ts'

test('a hundred names that fail do not keep the next from being told of', () => {
  const events: SourceEvent[] = []
  const news = createFetchedNews(
    () => new Date(0),
    (event) => events.push(event),
  )
  const problem = { because: 'unreachable', detail: 'reset' } as const
  for (let index = 0; index < 100; index++) news.take({ kind: 'failed', name: `http://made.up/${index}`, problem })
  news.take({ kind: 'failed', name: 'http://ocsp.example.com/', problem })
  expect(events.at(-1)).toMatchObject({ source: 'http://ocsp.example.com/', outcome: 'kept-last-good' })
  expect(news.failing()).toHaveLength(100)
  expect(news.failing().at(-1)?.name).toBe('http://ocsp.example.com/')
})
