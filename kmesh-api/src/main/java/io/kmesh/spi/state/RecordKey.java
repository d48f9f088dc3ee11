// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

/**
 * The name of a record.
 *
 * @param kind the type of the record, such as {@code operation}
 * @param id its id within the kind: any text, ordered by UTF-8 bytes
 */
public record RecordKey(String kind, String id) {}
