// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.testkit.fault.CrashPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Files of an overlay that end at a crash point. After a loss of power each write that was not made
 * durable may be missing on its own, and the changes of names from some point on.
 */
final class CrashFiles implements OverlayFiles {
  private static final String ASIDE = "aside-";

  private final OverlayFiles files;
  private final CrashPoint point;
  private final Map<String, List<Undo>> writes = new HashMap<>();
  private final List<NamedUndo> names = new ArrayList<>();
  private int asides;

  CrashFiles(OverlayFiles files, CrashPoint point) {
    this.files = files;
    this.point = point;
  }

  @FunctionalInterface
  private interface Undo {
    void undo() throws IOException;
  }

  private record NamedUndo(String folder, Undo undo) {}

  @FunctionalInterface
  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T step(String what, Step<T> step) throws IOException {
    point.before(what);
    T result = step.run();
    point.after(what);
    return result;
  }

  private static String folder(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  /** Loses what was not durable. The files were closed. */
  void losePower(Random random) throws IOException {
    // Names: a prefix of what was done stays.
    int kept = names.isEmpty() ? 0 : random.nextInt(names.size() + 1);
    for (int i = names.size() - 1; i >= kept; i--) {
      names.get(i).undo().undo();
    }
    for (List<Undo> undos : writes.values()) {
      for (int i = undos.size() - 1; i >= 0; i--) {
        if (random.nextBoolean()) {
          undos.get(i).undo();
        }
      }
    }
    forgetAsides();
  }

  /** Keeps all that was done. */
  void forgetAsides() throws IOException {
    for (String name : files.list("")) {
      if (name.startsWith(ASIDE)) {
        files.delete(name);
      }
    }
  }

  /** Lets go without any durability. */
  void abandon() throws IOException {
    files.close();
  }

  @Override
  public String where() {
    return files.where();
  }

  @Override
  public boolean exists(String name) throws IOException {
    return files.exists(name);
  }

  @Override
  public Data open(String name) throws IOException {
    if (!files.exists(name)) {
      step("create " + name, () -> null);
      names.add(new NamedUndo(folder(name), () -> files.delete(name)));
    }
    return new CrashData(name, files.open(name));
  }

  @Override
  public void makeFolder(String name) throws IOException {
    files.makeFolder(name);
  }

  @Override
  public void syncFolder(String name) throws IOException {
    step("sync folder " + name, () -> null);
    names.removeIf(n -> n.folder().equals(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    step(
        "rename " + from,
        () -> {
          String aside = ASIDE + asides++;
          boolean isThere = files.exists(to);
          if (isThere) {
            files.rename(to, aside);
          }
          files.rename(from, to);
          names.add(
              new NamedUndo(
                  folder(to),
                  () -> {
                    files.rename(to, from);
                    if (isThere) {
                      files.rename(aside, to);
                    }
                  }));
          List<Undo> moved = writes.remove(from);
          writes.remove(to);
          if (moved != null && !moved.isEmpty()) {
            throw new AssertionError(from + " was renamed before it was durable");
          }
          return null;
        });
  }

  @Override
  public void delete(String name) throws IOException {
    if (!files.exists(name)) {
      return;
    }
    step(
        "delete " + name,
        () -> {
          String aside = ASIDE + asides++;
          files.rename(name, aside);
          names.add(new NamedUndo(folder(name), () -> files.rename(aside, name)));
          writes.remove(name);
          return null;
        });
  }

  @Override
  public List<String> list(String folder) throws IOException {
    return files.list(folder);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  private final class CrashData implements Data {
    private final String name;
    private final Data data;

    CrashData(String name, Data data) {
      this.name = name;
      this.data = data;
    }

    private void note(Undo undo) {
      writes.computeIfAbsent(name, n -> new ArrayList<>()).add(undo);
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      point.failIfCrashed();
      return data.read(target, offset);
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      step(
          "write " + name + " at " + offset,
          () -> {
            long size = data.size();
            ByteBuffer before = ByteBuffer.allocate(source.remaining());
            data.read(before, offset);
            byte[] old = before.array();
            data.write(source, offset);
            boolean grew = offset + old.length > size;
            note(
                () -> {
                  if (!files.exists(name)) {
                    return;
                  }
                  try (Data again = files.open(name)) {
                    again.write(ByteBuffer.wrap(old), offset);
                    if (grew && again.size() == offset + old.length) {
                      again.truncate(Math.max(size, 0));
                    }
                  }
                });
            return null;
          });
    }

    @Override
    public void truncate(long size) throws IOException {
      step(
          "truncate " + name,
          () -> {
            long before = data.size();
            ByteBuffer tail = ByteBuffer.allocate((int) Math.max(0, before - size));
            data.read(tail, size);
            data.truncate(size);
            byte[] old = tail.array();
            note(
                () -> {
                  if (files.exists(name)) {
                    try (Data again = files.open(name)) {
                      again.write(ByteBuffer.wrap(old), size);
                    }
                  }
                });
            return null;
          });
    }

    @Override
    public long size() throws IOException {
      return data.size();
    }

    @Override
    public void sync() throws IOException {
      step("sync " + name, () -> null);
      data.sync();
      writes.remove(name);
    }

    @Override
    public void close() throws IOException {
      data.close();
    }
  }
}
