/** Where what a topic alone has is kept: files in a folder, or records in a topic whose name has `{topic}` for that of the one that is saved. */
export type SalvagePlace =
  { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'topic'; readonly template: string }

const prefix = 'topic:'
const placeholder = '{topic}'

/** As it is typed: `topic:<name>`, and anything else is a folder; undefined where the name is none that a topic can have. */
export function salvagePlaceFrom(text: string): SalvagePlace | undefined {
  if (!text.startsWith(prefix)) return text === '' ? undefined : { kind: 'folder', folder: text }
  const template = text.slice(prefix.length)
  return isTopicName(salvageTopicOf(template, 'x')) ? { kind: 'topic', template } : undefined
}

/** The name of the topic in which a topic is saved. */
export function salvageTopicOf(template: string, topic: string): string {
  return template.replaceAll(placeholder, topic)
}

/** By Kafka's own rules. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}
