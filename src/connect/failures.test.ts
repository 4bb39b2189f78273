import { expect, it } from 'vitest'
import { BrokenError } from './exchange.ts'
import { brokenOff, late } from './failures.ts'

const call = { what: 'list its plugins', method: 'GET', path: '/', body: undefined, isAct: false, secrets: [] } as const

it.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', /^name the authority of its certificate/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames", /^reach it by a name that its certificate has/],
  ['CERT_HAS_EXPIRED', 'certificate has expired', /^have its certificate renewed/],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid', /^have its certificate renewed/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '00:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../a.c:1:', /^it asks its clients for a certificate that it trusts/],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '00:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:../a.c:1:', /^it asks its clients for a certificate that it trusts/],
  ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1', /^check the address/],
])('of %s says what helps', (code, message, next) => {
  const error = new BrokenError(Object.assign(new Error(message), { code }), { mayHaveArrived: false, isTooLong: false })
  expect(brokenOff(call, 'https://c:8083', error, false)).toMatchObject({ kind: 'unreachable', next: expect.stringMatching(next) as string })
}) // prettier-ignore

it('where nobody answers, and not where something else does, it is said what else helps', () => {
  const at = { ...call, elsewhere: 'name another URL' }
  const nextOf = (code: string): string | undefined =>
    brokenOff(at, 'http://c:8083', new BrokenError(Object.assign(new Error(code), { code }), { mayHaveArrived: false, isTooLong: false }), false).next // prettier-ignore
  expect(nextOf('ECONNREFUSED')).toMatch(/^check the address.*\nname another URL$/)
  expect(nextOf('ENOTFOUND')).toMatch(/\nname another URL$/)
  expect(nextOf('CERT_HAS_EXPIRED')).not.toContain('another')
  expect(late(at, 'http://c:8083', 1_000, false).next).toMatch(/^try again.*\nname another URL$/)
})
