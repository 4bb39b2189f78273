import { describe, expect, it } from 'vitest'
import { salvagePlaceFrom, salvageTopicOf } from './salvage-place.ts'

describe('where a salvage is kept', () => {
  it.each([
    ['./never-arrived', { kind: 'folder', folder: './never-arrived' }],
    ['/ops/topic:orders', { kind: 'folder', folder: '/ops/topic:orders' }],
    ['topics', { kind: 'folder', folder: 'topics' }],
    ['topic:orders.salvaged', { kind: 'topic', template: 'orders.salvaged' }],
    ['topic:{topic}.salvaged', { kind: 'topic', template: '{topic}.salvaged' }],
    ['topic:{topic}', { kind: 'topic', template: '{topic}' }],
  ])('%s', (text, place) => {
    expect(salvagePlaceFrom(text)).toEqual(place)
  })

  it.each(['', 'topic:', 'topic: orders', 'topic:..', 'topic:{name}.salvaged', 'topic:a/b', `topic:${'a'.repeat(250)}`])('"%s" is none', (text) => {
    expect(salvagePlaceFrom(text)).toBeUndefined()
  }) // prettier-ignore

  it('has the name of each topic in that of its own', () => {
    expect(salvageTopicOf('old-{topic}.{topic}', 'orders')).toBe('old-orders.orders')
    expect(salvageTopicOf('saved', 'orders')).toBe('saved')
  })
})
