// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.ChunkPlace;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.pack.PackReader;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Reads chunks by their names and hands out nothing that is not of its name. Where several packs
 * have a chunk and one is damaged, another serves. Thread-safe.
 */
public final class ChunkReader implements ChunkSource, AutoCloseable {
  /** Of this many indexes one was read after the call began. */
  private static final int TRIES = 4;

  private final Domain domain;
  private volatile VerifiedChunks verified;
  private final FrameCache cache;
  private long refreshedAt; // guarded by this
  private volatile Map<ChunkName, byte[]> added = Map.of();
  private final Deque<Tools> idle = new ConcurrentLinkedDeque<>();

  /**
   * A reader.
   *
   * @param cacheBytes of frames that are kept for the chunks beside
   */
  public ChunkReader(Domain domain, ChunkIndex index, int cacheBytes) {
    this.domain = domain;
    this.verified = new VerifiedChunks(index);
    this.cache = new FrameCache(cacheBytes);
  }

  private record Tools(PackReader packs, ChunkNamer namer) {}

  /** Takes the bytes of a chunk. */
  @FunctionalInterface
  public interface Taker {
    /** Takes them; the array is valid during the call, and not changed. */
    void take(byte[] bytes, int offset, int length) throws IOException;
  }

  /** The index that it reads by. */
  public ChunkIndex index() {
    return verified.index();
  }

  @Override
  public byte[] read(ChunkName name) throws IOException {
    byte[][] copy = new byte[1][];
    read(
        name,
        (bytes, offset, length) -> copy[0] = Arrays.copyOfRange(bytes, offset, offset + length));
    return copy[0];
  }

  /** Gives chunks that are in no pack, too; takes over the map. */
  public void add(Map<ChunkName, byte[]> more) {
    added = more;
  }

  /** Hands the bytes of a chunk over. */
  public void read(ChunkName name, Taker taker) throws IOException {
    byte[] here = added.get(name);
    if (here != null) {
      taker.take(here, 0, here.length);
      return;
    }
    for (int tries = 1; ; tries++) {
      VerifiedChunks known = verified;
      try {
        read(known, name, taker);
        return;
      } catch (ProviderException e) {
        // A collection may have moved it since the index was read, or it is newer than the index,
        // and than the one that another thread has just read.
        if (e.kind() != ErrorKind.NOT_FOUND || tries == TRIES || !isRefreshed(known)) {
          throw e;
        }
      }
    }
  }

  /** Whether another index than a given one is in use, or can be. */
  private synchronized boolean isRefreshed(VerifiedChunks known) throws IOException {
    if (verified != known) {
      return true;
    }
    Head newest = domain.heads().newest();
    if (newest.generation() == refreshedAt) {
      return false;
    }
    refreshedAt = newest.generation();
    verified = new VerifiedChunks(Session.index(domain, newest));
    return true;
  }

  private void read(VerifiedChunks known, ChunkName name, Taker taker) throws IOException {
    List<ChunkPlace> places = known.index().findAll(name);
    if (places.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot read the chunk " + name + " of " + domain + ": no pack has it. Run a repair.");
    }
    ProviderException failure = null;
    for (ChunkPlace place : places) {
      Tools tools = take();
      try {
        PackReader.Frame frame;
        int slot;
        try {
          frame = frame(place, tools);
          slot = check(name, place, frame, tools, known);
        } catch (ProviderException e) {
          if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
            throw e;
          }
          // One that is gone may have moved: that is worth another look.
          failure = failure == null || e.kind() == ErrorKind.NOT_FOUND ? e : failure;
          continue;
        }
        // Its failures are its own: another place would hand the bytes over twice.
        taker.take(frame.content(), frame.start(slot), frame.length(slot));
        return;
      } finally {
        idle.push(tools);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private PackReader.Frame frame(ChunkPlace place, Tools tools) throws IOException {
    PackReader.Frame cached = cache.find(place.pack(), place.offset());
    if (cached != null) {
      return cached;
    }
    PackReader.Frame frame = tools.packs().read(place.pack(), place.offset(), place.sealed());
    cache.put(place.pack(), place.offset(), frame);
    return frame;
  }

  private int check(
      ChunkName name, ChunkPlace place, PackReader.Frame frame, Tools tools, VerifiedChunks known)
      throws IOException {
    int slot = place.slot();
    if (slot >= frame.chunks()) {
      throw damaged(name, place, "its frame has " + frame.chunks() + " chunks only");
    }
    if (!known.has(place)) {
      if (!tools
          .namer()
          .name(frame.content(), frame.start(slot), frame.length(slot))
          .equals(name)) {
        throw damaged(name, place, "its content has another name");
      }
      known.add(place);
    }
    return slot;
  }

  private Tools take() throws IOException {
    Tools tools = idle.poll();
    return tools != null
        ? tools
        : new Tools(new PackReader(domain.objects(), domain.packKeys()), domain.namers().get());
  }

  /** Whether bytes are a chunk of a name. */
  public boolean isNamed(ChunkName name, byte[] bytes, int offset, int length) throws IOException {
    return name(bytes, offset, length).equals(name);
  }

  /** What a chunk is named. */
  public ChunkName name(byte[] bytes, int offset, int length) throws IOException {
    Tools tools = take();
    try {
      return tools.namer().name(bytes, offset, length);
    } finally {
      idle.push(tools);
    }
  }

  private ProviderException damaged(ChunkName name, ChunkPlace place, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the chunk "
            + name
            + " at "
            + place.offset()
            + " of "
            + domain.objects().full(place.pack().key())
            + ": "
            + reason
            + ". Run a check, then a repair.");
  }

  @Override
  public void close() {
    for (Tools tools = idle.poll(); tools != null; tools = idle.poll()) {
      tools.packs().close();
    }
  }
}
