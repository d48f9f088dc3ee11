// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.testkit.fault.CrashPoint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that forgets in a crash what was not synced: each entry of a directory
 * and each byte of a file on its own, in any combination. One thing it keeps, as every file system
 * with a journal does: a rename never loses the file, which is at its old name, its new name or
 * both.
 */
final class MemoryFiles implements StoreFiles {
  private CrashPoint crashPoint = CrashPoint.never();
  private final DirNode root = new DirNode();
  private final Map<Path, ReentrantLock> locks = new HashMap<>();
  private final AtomicLong changes = new AtomicLong();
  private final Set<Path> held = new HashSet<>();
  private final List<String> log = new ArrayList<>();
  private @Nullable String failingOperation;
  private String failingReason = "";
  private String forgottenSync = "(none)";

  private final List<Rename> renames = new ArrayList<>();

  private record Rename(DirNode source, String from, DirNode target, String to, Node node) {}

  private abstract static class Node {}

  private static final class FileNode extends Node {
    private byte[] data = new byte[0];
    private byte[] durable = new byte[0];
    private final BitSet dirty = new BitSet(); // the bytes that were written since the last sync
  }

  private static final class DirNode extends Node {
    private Map<String, Node> entries = new TreeMap<>();
    private Map<String, Node> durable = new TreeMap<>();
    private Map<String, Node> before = new TreeMap<>(); // durable at the last crash
  }

  /** From now on operations count, and perhaps crash. */
  synchronized void arm(CrashPoint point) {
    crashPoint = point;
  }

  /** What was done since the last call, such as {@code sync /s/objects}. */
  synchronized List<String> takeLog() {
    List<String> taken = List.copyOf(log);
    log.clear();
    return taken;
  }

  /** Lets each following operation of a name fail with a reason, until it is called with null. */
  synchronized void fail(@Nullable String operation, String reason) {
    failingOperation = operation;
    failingReason = reason;
  }

  /** Loses, or damages, what was not synced; the next process finds the rest. */
  synchronized void crash(long seed) {
    Random random = new Random(seed);
    IdentityHashMap<Node, Boolean> done = new IdentityHashMap<>();
    forget(root, random, done);
    for (Rename rename : renames) {
      if (rename.target.entries.get(rename.to) != rename.node
          && rename.source.before.get(rename.from) == rename.node
          && rename.source.entries.putIfAbsent(rename.from, rename.node) == null) {
        rename.source.durable.put(rename.from, rename.node);
        forget(rename.node, random, done);
      }
    }
    renames.clear();
    locks.clear();
    held.clear();
    crashPoint = CrashPoint.never();
  }

  /** Sabotage: syncs of paths that hold this text do nothing. */
  synchronized void forgetSyncsOf(String text) {
    forgottenSync = text;
  }

  private boolean isForgotten(Path path) {
    return path.toString().contains(forgottenSync);
  }

  private void forget(Node node, Random random, IdentityHashMap<Node, Boolean> done) {
    if (done.put(node, true) != null) {
      return;
    }
    if (node instanceof FileNode file) {
      file.data = damaged(file, random);
      file.durable = file.data;
      return;
    }
    DirNode dir = (DirNode) node;
    Set<String> names = new HashSet<>(dir.entries.keySet());
    names.addAll(dir.durable.keySet());
    Map<String, Node> left = new TreeMap<>();
    for (String name : names.stream().sorted().toList()) {
      Node now = dir.entries.get(name);
      Node before = dir.durable.get(name);
      Node chosen = now == before || random.nextBoolean() ? now : before;
      if (chosen != null) {
        left.put(name, chosen);
      }
    }
    dir.before = dir.durable;
    dir.entries = left;
    dir.durable = new TreeMap<>(left);
    left.values().forEach(child -> forget(child, random, done));
  }

  private static byte[] damaged(FileNode file, Random random) {
    int[] dirty = file.dirty.stream().toArray();
    file.dirty.clear();
    if (Arrays.equals(file.data, file.durable)) {
      return file.data;
    }
    byte[] bytes = file.data.clone();
    switch (random.nextInt(5)) {
      case 0 -> bytes = file.durable;
      case 1 -> {
        for (int at : dirty) {
          if (at < bytes.length) {
            bytes[at] = 0;
          }
        }
      }
      case 2 -> {
        int old = Math.min(bytes.length, file.durable.length);
        bytes = Arrays.copyOf(bytes, old + (bytes.length - old) / 2);
      }
      case 3 -> {
        int at = dirty.length == 0 ? bytes.length : dirty[random.nextInt(dirty.length)];
        if (at < bytes.length) {
          bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      default -> {
        return bytes;
      }
    }
    return bytes;
  }

  private interface Operation<T> {
    T run() throws IOException;
  }

  private synchronized <T> T mutate(String operation, Path path, Operation<T> body)
      throws IOException {
    String name = operation + " " + path;
    crashPoint.before(name);
    if (operation.equals(failingOperation)) {
      throw new FileSystemException(path.toString(), null, failingReason);
    }
    T result = body.run();
    log.add(name);
    crashPoint.after(name);
    return result;
  }

  private synchronized <T> T look(Operation<T> body) throws IOException {
    crashPoint.failIfCrashed();
    return body.run();
  }

  private @Nullable Node find(Path path) {
    Node node = root;
    for (Path name : path) {
      if (!(node instanceof DirNode dir)) {
        return null;
      }
      node = dir.entries.get(name.toString());
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  private DirNode dir(Path path) throws IOException {
    Node node = find(path);
    if (node == null) {
      throw new NoSuchFileException(String.valueOf(path));
    }
    if (!(node instanceof DirNode dir)) {
      throw new NotDirectoryException(String.valueOf(path));
    }
    return dir;
  }

  private DirNode parent(Path path) throws IOException {
    Path parent = path.getParent();
    return parent == null ? root : dir(parent);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  @Override
  public Handle create(Path file) throws IOException {
    return mutate(
        "create",
        file,
        () -> {
          DirNode parent = parent(file);
          if (parent.entries.containsKey(name(file))) {
            throw new FileAlreadyExistsException(file.toString());
          }
          FileNode node = new FileNode();
          parent.entries.put(name(file), node);
          return new MemoryHandle(file, node);
        });
  }

  @Override
  public Handle openToRead(Path file) throws IOException {
    return look(
        () -> {
          Node node = find(file);
          if (node == null) {
            throw new NoSuchFileException(file.toString());
          }
          if (!(node instanceof FileNode f)) {
            throw new FileSystemException(file.toString(), null, "Is a directory");
          }
          return new MemoryHandle(file, f);
        });
  }

  @Override
  public Handle openToWrite(Path file) throws IOException {
    return openToRead(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    mutate(
        "rename",
        to,
        () -> {
          DirNode source = parent(from);
          Node node = source.entries.get(name(from));
          if (node == null) {
            throw new NoSuchFileException(from.toString());
          }
          DirNode target = parent(to);
          if (target.entries.get(name(to)) instanceof DirNode) {
            throw new FileSystemException(to.toString(), null, "Is a directory");
          }
          source.entries.remove(name(from));
          target.entries.put(name(to), node);
          renames.add(new Rename(source, name(from), target, name(to), node));
          return node;
        });
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return mutate(
        "delete",
        file,
        () -> {
          Node node = find(file);
          if (node instanceof DirNode) {
            throw new FileSystemException(file.toString(), null, "Is a directory");
          }
          return node != null && parent(file).entries.remove(name(file)) != null;
        });
  }

  @Override
  public void makeDirectory(Path directory) throws IOException {
    mutate(
        "mkdir",
        directory,
        () -> {
          if (parent(directory).entries.containsKey(name(directory))) {
            throw new FileAlreadyExistsException(directory.toString());
          }
          return parent(directory).entries.put(name(directory), new DirNode());
        });
  }

  @Override
  public boolean removeDirectory(Path directory) throws IOException {
    return mutate(
        "rmdir",
        directory,
        () -> {
          Node node = find(directory);
          if (node == null) {
            return false;
          }
          if (!((DirNode) node).entries.isEmpty()) {
            return false;
          }
          return parent(directory).entries.remove(name(directory)) != null;
        });
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    mutate(
        "sync",
        directory,
        () -> {
          DirNode dir = dir(directory);
          if (!isForgotten(directory)) {
            dir.durable = new TreeMap<>(dir.entries);
          }
          return dir;
        });
  }

  @Override
  public synchronized boolean exists(Path path) {
    crashPoint.failIfCrashed();
    return find(path) != null;
  }

  @Override
  public void list(Path directory, Consumer<String> names) throws IOException {
    look(() -> List.copyOf(dir(directory).entries.keySet())).forEach(names);
  }

  @Override
  public Exclusive exclusive(Path file) throws IOException {
    ReentrantLock lock;
    synchronized (this) {
      lock = locks.computeIfAbsent(file, f -> new ReentrantLock());
    }
    return new Exclusive() {
      @Override
      public void acquire() {
        lock.lock();
      }

      @Override
      public void release() {
        lock.unlock();
      }

      @Override
      public long changes() {
        return changes.get();
      }

      @Override
      public long countChange() {
        return changes.incrementAndGet();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Closeable hold(Path file) throws IOException {
    create(file).close();
    synchronized (this) {
      held.add(file);
    }
    return () -> {
      synchronized (this) {
        held.remove(file);
      }
    };
  }

  @Override
  public synchronized boolean isHeld(Path file) {
    return held.contains(file);
  }

  /** Sets a file's bytes past the store, as damage does. */
  synchronized void overwrite(Path file, byte[] bytes) throws IOException {
    if (!(find(file) instanceof FileNode node)) {
      throw new NoSuchFileException(file.toString());
    }
    node.data = bytes.clone();
    node.durable = node.data;
  }

  /** A file's bytes. */
  synchronized byte[] bytes(Path file) throws IOException {
    if (!(find(file) instanceof FileNode node)) {
      throw new NoSuchFileException(file.toString());
    }
    return node.data.clone();
  }

  /** Removes a directory that must be empty. */
  synchronized void mustBeEmpty(Path directory) throws IOException {
    if (!dir(directory).entries.isEmpty()) {
      throw new DirectoryNotEmptyException(directory + " " + dir(directory).entries.keySet());
    }
  }

  private final class MemoryHandle implements Handle {
    private final Path path;
    private final FileNode node;

    MemoryHandle(Path path, FileNode node) {
      this.path = path;
      this.node = node;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      return look(
          () -> {
            int count = (int) Math.max(0, Math.min(target.remaining(), node.data.length - offset));
            target.put(node.data, (int) offset, count);
            return count;
          });
    }

    @Override
    public void write(long offset, ByteBuffer... sources) throws IOException {
      mutate(
          "write",
          path,
          () -> {
            int at = (int) offset;
            for (ByteBuffer source : sources) {
              int length = source.remaining();
              byte[] bytes = Arrays.copyOf(node.data, Math.max(node.data.length, at + length));
              source.get(bytes, at, length);
              node.data = bytes;
              node.dirty.set(at, at + length);
              at += length;
            }
            return at;
          });
    }

    @Override
    public long size() throws IOException {
      return look(() -> (long) node.data.length);
    }

    @Override
    public void truncate(long size) throws IOException {
      mutate(
          "truncate",
          path,
          () -> {
            if (size < node.data.length) {
              node.data = Arrays.copyOf(node.data, (int) size);
            }
            return size;
          });
    }

    @Override
    public void sync() throws IOException {
      mutate(
          "sync",
          path,
          () -> {
            if (!isForgotten(path)) {
              node.durable = node.data.clone();
              node.dirty.clear();
            }
            return path;
          });
    }

    @Override
    public void close() {}
  }
}
