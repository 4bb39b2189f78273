import kafkajs, { type AclEntry } from 'kafkajs'
import { expect, it } from 'vitest'
import { georepFor } from './support/georep.ts'
import { createdTopic, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'

// A destination whose authorizer does not let georep write the markers of a fence: everything but Alter and ClusterAction on the cluster.

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

it('where the fence is not permitted link create says so, and failover refuses unless it is given --unfenced', async () => {
  const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_georep="secret";'
  await using sandbox = await ownSandbox({
    west: {
      listeners: [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }],
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.secure.plain.sasl.jaas.config': jaas,
      },
    },
  })
  const { east, west } = sandbox.clusters
  const entry = { principal: 'User:georep', host: '*', permissionType: AclPermissionTypes.ALLOW, resourcePatternType: ResourcePatternTypes.LITERAL } as const // prettier-ignore
  const { ALL, CREATE, DESCRIBE, DESCRIBE_CONFIGS, IDEMPOTENT_WRITE } = AclOperationTypes
  const { TOPIC, GROUP, TRANSACTIONAL_ID, CLUSTER } = AclResourceTypes
  const everything = [TOPIC, GROUP, TRANSACTIONAL_ID].map((resourceType): AclEntry => ({ ...entry, resourceType, resourceName: '*', operation: ALL })) // prettier-ignore
  const ofCluster = [CREATE, DESCRIBE, DESCRIBE_CONFIGS, IDEMPOTENT_WRITE].map((operation): AclEntry => ({ ...entry, resourceType: CLUSTER, resourceName: 'kafka-cluster', operation })) // prettier-ignore
  await withAdmin(west.bootstrap, async (admin) => {
    await admin.createAcls({ acl: [...everything, ...ofCluster] })
  })
  const secure = west.listeners['SECURE'] ?? []
  const sasl = ', sasl: { mechanism: PLAIN, username: georep, password: secret }'
  const georep = georepFor([east.bootstrap, secure], {}, sasl)
  try {
    const created = await georep.json('link', 'create', georep.link)
    expect(created).toMatchObject({ code: 0, data: { outcome: 'created', fence: 'notPermitted' } })
    expect(created.err).toContain('mirror failover will refuse unless it is given --unfenced')

    const topic = await createdTopic(east.bootstrap)
    expect((await georep.run('mirror', 'create', topic, '--link', georep.link)).code).toBe(0)
    await east.kill({ signal: AbortSignal.timeout(10_000) })
    const failover = ['mirror', 'failover', topic, '--link', georep.link, '--confirm', topic]
    const refused = await georep.run(...failover)
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 5, out: '' })
    expect(refused.err).toContain('error GR-FENCE-NOT-PERMITTED')
    expect(refused.err).toContain('needs Alter on the cluster')
    const states = (await georep.json('mirror', 'list', '--link', georep.link)).data
    expect(states).toMatchObject({ mirrors: [{ topic, state: 'ACTIVE' }] })

    const done = await georep.json(...failover, '--unfenced')
    expect(done).toMatchObject({ code: 0, data: { results: [{ topic, outcome: 'applied', ends: ['0'] }] } })
    // No fence: not one hidden offset either.
    await withAdmin(west.bootstrap, async (admin) => {
      expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ offset: '0' }])
    })
  } finally {
    await georep.remove()
  }
})

it('wrong credentials are named as such, with exit 1', async () => {
  await using sandbox = await ownSandbox({
    west: {
      listeners: [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }],
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.secure.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_georep="secret";',
      },
    },
  })
  const { east, west } = sandbox.clusters
  const wrong = ', sasl: { mechanism: PLAIN, username: georep, password: guess }'
  const georep = georepFor([east.bootstrap, west.listeners['SECURE'] ?? []], {}, wrong)
  try {
    const { code, err } = await georep.run('link', 'create', georep.link)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('error GR-AUTHENTICATION') as string })
    expect(err).not.toContain('guess')
  } finally {
    await georep.remove()
  }
})
