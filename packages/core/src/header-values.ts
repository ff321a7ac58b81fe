/** Whether a header can carry a text as its value (RFC 9110 5.5): parsers trim it, and refuse control characters. One that is none matches no request. */
export const isHeaderValue = (text: string): boolean => text.trim() === text && !/\p{Cc}/u.test(text)
