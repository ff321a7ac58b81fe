import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import { alice, behindNginx, linesFor, ruleOf } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

const SECRET = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' } as const

describe('onlyFrom.secretHeader', () => {
  const guarded = () => serve('http', behindNginx({ secretHeader: SECRET }))
  const withSecret = (...values: readonly string[]) => [
    ...linesFor(alice),
    ...values.map((value) => [SECRET.name, value] as const),
  ]

  test('passes the secret under any spelling of the name', async () => {
    const { port, last } = await guarded()
    await requestPlainly({ port }, withSecret(SECRET.value))
    expect(last().decision).toBeAccepted()
    await requestPlainly({ port }, [...linesFor(alice), ['X-PROXY-Secret', SECRET.value]])
    expect(last().decision).toBeAccepted()
  })

  test.each([
    ['absent', []],
    ['empty', ['']],
    ['one character short', [SECRET.value.slice(0, -1)]],
    ['one character long', [`${SECRET.value}0`]],
    ['of the same length, another first character', [`d${SECRET.value.slice(1)}`]],
    ['of the same length, another last character', [`${SECRET.value.slice(0, -1)}9`]],
    ['of other case', [SECRET.value.toUpperCase()]],
    ['very long', [SECRET.value.repeat(400)]],
    ['right and sent a second time', [SECRET.value, SECRET.value]],
    ['a second guess', [SECRET.value, 'another']],
    ['right behind a wrong one', ['another', SECRET.value]],
    ['two joined', [`${SECRET.value}, ${SECRET.value}`]],
  ])('refuses a secret that is %s', async (_, values) => {
    const { port, last } = await guarded()
    await requestPlainly({ port }, withSecret(...values))
    expect(ruleOf(last().decision)).toBe('secretHeader')
  })

  test('compares octets: a secret of other characters arrives as UTF-8, which Node shows as latin1', async () => {
    const value = 'пароль-пароль-пароль'
    const { port, last } = await serve('http', behindNginx({ secretHeader: { name: 'x-secret', value } }))
    await requestPlainly({ port }, [...linesFor(alice), ['x-secret', Buffer.from(value).toString('latin1')]])
    expect(last().decision).toBeAccepted()
    await requestPlainly({ port }, [...linesFor(alice), ['x-secret', Buffer.from(value.slice(1)).toString('latin1')]])
    expect(ruleOf(last().decision)).toBe('secretHeader')
  })

  test('is neither in the failure nor left in the request', async () => {
    const { port, last } = await guarded()
    const wrong = `${SECRET.value.slice(0, -1)}9`
    await requestPlainly({ port }, withSecret(wrong))
    expect(JSON.stringify(last().decision)).not.toContain(wrong)
    expect(JSON.stringify(last().decision)).not.toContain(SECRET.value)
    expect(last().headers).not.toHaveProperty([SECRET.name])
    expect(last().rawHeaders).not.toContain(wrong)
  })

  test('asserts nothing by itself, right or wrong', async () => {
    const authenticator = behindNginx({ secretHeader: SECRET }, { mode: 'optional' })
    const { port, last } = await serve('http', authenticator)
    for (const value of [SECRET.value, 'wrong']) {
      await requestPlainly({ port }, [[SECRET.name, value]])
      expect(last().decision).toBeAnonymous()
    }
  })
})
