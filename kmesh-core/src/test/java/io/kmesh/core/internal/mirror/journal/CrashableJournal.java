// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import io.kmesh.testkit.fault.CrashPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A journal whose process ends at one of its writes; a record that was being added is there in
 * part.
 */
public final class CrashableJournal {
  private CrashableJournal() {}

  /** Opens the journal of a place. */
  public static Optional<MirrorJournal> open(Path folder, String direction, CrashPoint crashPoint)
      throws IOException {
    return NioRecordFiles.open(folder.resolve(direction))
        .map(files -> new MirrorJournal(new Crashing(files, crashPoint)));
  }

  private record Crashing(RecordFiles files, CrashPoint crashPoint) implements RecordFiles {
    @Override
    public List<String> names() throws IOException {
      return files.names();
    }

    @Override
    public byte @Nullable [] read(String name) throws IOException {
      return files.read(name);
    }

    @Override
    public void create(String name, ByteBuffer content) throws IOException {
      crashPoint.before("create");
      files.create(name, content);
      crashPoint.after("create");
    }

    @Override
    public void write(String name, ByteBuffer content) throws IOException {
      crashPoint.before("write");
      files.write(name, content);
      crashPoint.after("write");
    }

    @Override
    public void append(String name, ByteBuffer record) throws IOException {
      crashPoint.before("append");
      int half = record.remaining() / 2;
      files.append(name, record.slice(0, half));
      crashPoint.after("append");
      crashPoint.before("append the rest");
      files.append(name, record.slice(half, record.remaining() - half));
      crashPoint.after("append the rest");
    }

    @Override
    public void delete(String name) throws IOException {
      crashPoint.before("delete");
      files.delete(name);
      crashPoint.after("delete");
    }

    @Override
    public void close() throws IOException {
      files.close();
    }
  }
}
