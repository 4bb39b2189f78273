import { expect, it } from 'vitest'
import { kafkajsClient, createPartitioner } from './support/kafkajs-client.ts'
import { TestLink } from './support/link.ts'
import { createdTopic, eventually, layer } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { addScramUsers } from './support/scram-users.ts'
import { allow, deniedWriters, georep, startOn } from './support/switch.ts'
import type { GeorepProcess } from './support/georep-process.ts'

it('a source that refuses the credentials in the midst ends the promote, which says what is left and how to go on', async () => {
  await using sandbox = await ownSandbox({
    east: {
      listeners: [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }],
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:georep',
        'allow.everyone.if.no.acl.found': 'true',
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.secure.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;', // prettier-ignore
        // Whoever is in is asked again within three seconds.
        'listener.name.secure.connections.max.reauth.ms': '3000',
      },
    },
  })
  const { east, west } = sandbox.clusters
  const source = layer({ name: 'east', bootstrap: east.bootstrap })
  const letIn = async (password: string): Promise<void> => { await addScramUsers(source, ['georep'], password) } // prettier-ignore
  await letIn('secret')
  const topic = await createdTopic(east.bootstrap)
  await allow(east.bootstrap, topic, 'app')
  const entry = `{ bootstrap: [${(east.listeners['SECURE'] ?? []).join(', ')}], sasl: { mechanism: SCRAM-SHA-512, username: georep, password: secret } }` // prettier-ignore
  await using link = await TestLink.create({ east: { ...east, entry }, west })
  await link.mirror(topic)
  await link.run()
  await eventually('the runner carries', async () => (await link.view(topic)).state.state === 'ACTIVE')
  // What is open on the source holds the drain up.
  const producer = kafkajsClient(east.bootstrap).producer({ transactionalId: 'held', maxInFlightRequests: 1, transactionTimeout: 300_000, createPartitioner }) // prettier-ignore
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ value: 'open' }] })
  const promote = async (fence: 'none' | 'acl'): Promise<GeorepProcess> => {
    const promoting = startOn(link, 'mirror', 'promote', topic, '--fence', fence, '--timeout', '120s', '--confirm', topic) // prettier-ignore
    await promoting.says('a transaction is open on the source')
    return promoting
  }
  try {
    const unfenced = await promote('none')
    await letIn('another')
    expect(await unfenced.ended).toMatchObject({ code: 6, err: expect.stringContaining(`error GR-PROMOTE-FAILED: the promote of link "${link.name}" was given up: cluster "${link.source.name}" refused the credentials`) as string }) // prettier-ignore
    expect(unfenced.err).toContain('the mirrors are ACTIVE, as before')
    expect(unfenced.err).toMatch(/next: check the sasl .*\n +then run the command again\n/)
    await letIn('secret')
    await eventually('the runner reaches the source', async () => (await link.view(topic)).state.state === 'ACTIVE')

    const fenced = await promote('acl')
    expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
    await letIn('another')
    expect(await fenced.ended).toMatchObject({ code: 6, err: expect.stringContaining('error GR-PROMOTE-NOT-UNDONE') as string }) // prettier-ignore
    expect(fenced.err).toContain('refused the credentials')
    expect(fenced.err).toContain(`mirror unfence --link ${link.name} --all`)
    expect((await link.view(topic)).record.state.state).toBe('ACTIVE')
    await letIn('secret')
    const freed = await georep(link, 'mirror', 'unfence', '--all', '--confirm', link.name)
    expect(freed.code, freed.err).toBe(0)
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  } finally {
    await producer.disconnect()
    await source[Symbol.asyncDispose]()
  }
})
