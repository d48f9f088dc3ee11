// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.KmeshException;
import io.kmesh.flows.AuditEntry;
import io.kmesh.spi.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The entries of a log up to where it was when this was made. For one thread. */
final class AuditTrail implements Iterator<AuditEntry>, Closeable {
  private final PosixFile file;
  private final AuditHead last;
  private final AuditReader reader;
  private List<AuditRecord> records = List.of();
  private int at;
  private long number;

  /**
   * Entries of a file, which is closed with this.
   *
   * @param last how far it must be whole
   */
  AuditTrail(PosixFile file, AuditHead last) throws IOException {
    this.file = file;
    this.last = last;
    this.reader = new AuditReader(file);
  }

  @Override
  public boolean hasNext() {
    if (at < records.size()) {
      return true;
    }
    if (number == last.count()) {
      return false;
    }
    try {
      AuditFrame frame = reader.next();
      if (frame == null) {
        throw AuditReader.damaged("record " + (number + 1) + " is not whole");
      }
      if (reader.head().count() >= last.count() && !reader.head().equals(last)) {
        throw AuditReader.damaged("its last records are not those that were written");
      }
      records = frame.records();
      at = 0;
      return true;
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public AuditEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The audit log has no more entries.");
    }
    return records.get(at++).entry(++number);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
