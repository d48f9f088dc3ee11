// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;

/**
 * By what a source knows an edit that it is asked for again: the value of a write-back in
 * docs/format/flow-messages.md. Immutable.
 *
 * @param journal whose edit, random
 * @param number which, ascending
 * @param after the edit of the same journal whose outcome must be at the path; 0 for none
 * @param settled edits before this one are never asked for again, nor followed by others
 * @param time when the file was written
 */
record BackTicket(long journal, long number, long after, long settled, FileTime time) {
  static BackTicket read(byte[] value) throws ProviderException {
    ByteInput in = new ByteInput(value, "what a site says of an edit");
    long journal = in.u64BigEndian();
    long number = in.varint(Long.MAX_VALUE, "a number");
    long after = in.varint(Long.MAX_VALUE, "a number");
    long settled = in.varint(Long.MAX_VALUE, "a number");
    FileTime time = BackLog.time(in);
    in.end();
    return new BackTicket(journal, number, after, settled, time);
  }

  byte[] write() {
    ByteOutput out = new ByteOutput(40);
    out.u64BigEndian(journal);
    out.varint(number);
    out.varint(after);
    out.varint(settled);
    out.zigzag(time.seconds());
    out.varint(time.nanos());
    return out.toBytes();
  }
}
