// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills packs of one type and writes them to the store: one is filled while the one before is
 * written. Thread-safe.
 */
public final class PackWriter implements AutoCloseable {
  private final int type;
  private final int target;
  private final Supplier<PackId> ids;
  private final PackKeys keys;
  private final DomainObjects objects;
  private final Done done;
  private final ExecutorService upload;
  private @Nullable PackBuilder current;
  private @Nullable Future<?> pending;
  private byte[] spare = {};
  private long stored;
  private @Nullable ProviderException failure;

  /** Hears of a pack that is in the store. Called by one thread at a time. */
  @FunctionalInterface
  public interface Done {
    /** Takes it. */
    void stored(PackFrames pack) throws IOException;
  }

  /**
   * A writer.
   *
   * @param type see {@link PackFrames}
   * @param target the bytes from which a pack is written
   * @param ids gives ids that were never used
   */
  public PackWriter(
      int type, int target, Supplier<PackId> ids, PackKeys keys, DomainObjects objects, Done done) {
    this.type = type;
    this.target = target;
    this.ids = ids;
    this.keys = keys;
    this.objects = objects;
    this.done = done;
    this.upload =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "kmesh-repository-upload-" + type);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Adds a frame.
   *
   * @param prefixes of its chunks' names, two numbers each
   * @param table the chunks' lengths as the body has them before its content
   * @param body the coded content
   */
  public synchronized void add(
      int codec,
      int stride,
      int content,
      long[] prefixes,
      byte[] table,
      int tableLength,
      byte[] body,
      int offset,
      int length)
      throws IOException {
    rethrow();
    PackBuilder pack = current;
    if (pack == null) {
      pack = begin();
    }
    pack.add(codec, stride, content, prefixes, table, tableLength, body, offset, length);
    if (pack.size() >= target) {
      end();
    }
  }

  private PackBuilder begin() throws IOException {
    PackId id = ids.get();
    byte[] key = keys.of(id.toBytes());
    try {
      PackBuilder pack = new PackBuilder(id, type, target, key, spare);
      spare = new byte[0];
      current = pack;
      return pack;
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private void end() throws IOException {
    PackBuilder pack = current;
    if (pack == null) {
      return;
    }
    current = null;
    PackFrames frames = pack.end();
    await();
    pending =
        upload.submit(
            () -> {
              objects.put(pack.id().key(), pack.bytes());
              done.stored(frames);
              return null;
            });
    stored += frames.size();
    spareAfter = pack;
  }

  private @Nullable PackBuilder spareAfter;

  private void await() throws IOException {
    Future<?> before = pending;
    if (before == null) {
      return;
    }
    pending = null;
    try {
      before.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot write packs: the thread was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      // It stays: what was in that pack is nowhere, whoever hears of it first.
      failure = failed(e.getCause() == null ? e : e.getCause());
      throw failure;
    }
    PackBuilder written = spareAfter;
    if (written != null && spare.length == 0) {
      spare = written.room();
      spareAfter = null;
    }
  }

  private void rethrow() throws ProviderException {
    ProviderException before = failure;
    if (before != null) {
      throw failed(before);
    }
  }

  /** Without an errno, which would look as if a file that is read had failed. */
  private static ProviderException failed(Throwable cause) {
    ErrorKind kind =
        cause instanceof IOException io
            ? ProviderException.kindOfMutation(io)
            : ErrorKind.UNKNOWN_OUTCOME;
    return new ProviderException(
        kind, "Cannot go on, since a pack could not be written: " + cause.getMessage(), cause);
  }

  /** Writes what there is and waits until all packs are in the store. */
  public synchronized void flush() throws IOException {
    rethrow();
    end();
    await();
  }

  /** The bytes of all packs that were ended. */
  public synchronized long stored() {
    return stored;
  }

  /** Drops what was not written. */
  @Override
  public void close() {
    upload.shutdown();
  }
}
