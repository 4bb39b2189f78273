/** Whether the text is an http or https URL that names a place and nothing else: no user, no query, no fragment. */
export function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === '' && !text.includes('@')
}

/** Of two URLs, be they written with a slash at their end or without one. */
export function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [one, other].map((each) => new URL(each).href.replace(/\/+$/, ''))
  return a === b
}
