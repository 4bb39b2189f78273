import { expect, it } from 'vitest'
import { target } from '../../test/support/links.ts'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { lacking } from '../kafka/denied.ts'
import type { LinkSession } from '../links/session.ts'
import type { PromoteAct } from './engine.ts'
import { givenUp } from './give-up.ts'

const never = new AbortController().signal
const done = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore
const right = lacking({ name: 'east', bootstrap: ['b:1'], principal: 'User:ops' }, topicRight('Describe', 'orders'))
const grant = `kafka-acls.sh --bootstrap-server b:1 --command-config admin.properties --add --allow-principal User:ops --operation Describe --topic orders` // prettier-ignore

it.each([
  ['a right is taken away', right, grant],
  ['the credentials are refused', new GeorepError('denied', 'GR-AUTHENTICATION', 'refused', { next: 'check the sasl entry' }), 'check the sasl entry'], // prettier-ignore
])(
  'a promote in whose midst %s has changed something, and says how it is gone on with',
  async (_what, thrown, next) => {
    const state = { refresh: done, mirror: () => undefined, fence: () => undefined }
    const session = { state, signal: never, write: done } as unknown as LinkSession
    const by = { sourceFence: { how: 'none' }, onProgress: () => undefined } as unknown as PromoteAct
    const given = { target: { ...target, state: session.state }, session, records: [], by, status: { text: '' }, asked: never, deadline: never } // prettier-ignore
    expect(await givenUp(thrown, given)).toMatchObject({
      kind: 'incomplete',
      code: 'GR-PROMOTE-FAILED',
      message: `the promote of link "east-west" was given up: ${thrown.message}`,
      stateNow: 'the mirrors are ACTIVE, as before',
      next: `${next}\nthen run the command again`,
    })
  },
)
