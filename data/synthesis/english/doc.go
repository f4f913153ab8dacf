// Package english holds what the template writer knows of English grammar: which words are verbs, how a verb phrase is
// inflected, articles, plurals and nominalisations. It holds no phrase banks and knows nothing of skills or job ads.
package english
