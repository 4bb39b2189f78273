import { describe, expect, it } from 'vitest'
import { rightText } from './acl.ts'
import { rightsFor } from './permissions.ts'
import { subjectOf } from './subject.ts'

const mirrors = [{ sourceTopic: 'orders', mirrorTopic: 'east.orders' }]
const mm2 = (isAdopted: boolean) => ({ name: 'east-west', engine: 'mm2', mm2: { isAdopted, aliases: { source: 'east' } } }) as const // prettier-ignore
const texts = (...asked: Parameters<typeof rightsFor>): readonly string[] => rightsFor(...asked).map(rightText)

describe('the rights of a verb', () => {
  it('are those of the engine that carries the link', () => {
    const embedded = subjectOf({ name: 'east-west', engine: 'embedded' }, mirrors, ['app'])
    expect(texts(['link delete'], 'destination', embedded)).toContain('Write on transactional id "georep-runner-east-west"') // prettier-ignore
    const own = texts(['mirror promote', 'mirror unfence'], 'destination', subjectOf(mm2(false), mirrors, ['app']))
    expect(own).toEqual(expect.arrayContaining(['Read on topic "east.orders"', 'Read on topic "mm2-offset-syncs.east.internal"', 'Read on group "app"'])) // prettier-ignore
    expect(own.join()).not.toContain('georep-runner')
    expect(new Set(own).size).toBe(own.length)
    // Which is no other there.
    expect(texts(['mirror unfence'], 'source', subjectOf(mm2(false), mirrors, []))).toEqual(['Alter on the cluster'])
  })

  it('keep placeholders for what is not known: by which names internal topics of adopted connectors go', () => {
    const [adopted, made] = [true, false].map((isAdopted) => texts(['exposure'], 'destination', subjectOf(mm2(isAdopted), mirrors, []))) // prettier-ignore
    expect(adopted).toContain('Read on topic "mm2-offset-syncs.<source>.internal"')
    expect(made).toContain('Read on topic "mm2-offset-syncs.east.internal"')
  })

  it('of any link are those of all whose names begin alike', () => {
    const any = { link: '*', sourceTopics: ['*'], mirrorTopics: ['*'], groups: ['*'], connect: { alias: '*', workers: 'connect' } } // prettier-ignore
    const own = texts(['mirror failover', 'connectors of MirrorMaker'], 'destination', any)
    expect(own).toContain('Write on transactional id "connect-georep.*"')
    expect(own).toContain('Create on topic "mm2-offset-syncs.*"')
  })
})
