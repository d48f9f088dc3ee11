// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.chunk.Coding;
import io.kmesh.core.internal.repository.chunk.EncodedFrame;
import io.kmesh.core.internal.repository.chunk.FrameCodec;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.pack.PackReader;
import io.kmesh.core.internal.repository.pack.PackWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what is used of some packs to new ones. Frames that are used whole are moved as they are;
 * of others the used chunks are coded anew. All are verified on the way: what is damaged stops the
 * collection, and its pack stays.
 */
final class Rewriting {
  private final Domain domain;
  private final ChunkIndex index;
  private final Marker marker;

  Rewriting(Domain domain, ChunkIndex index, Marker marker) {
    this.domain = domain;
    this.index = index;
    this.marker = marker;
  }

  void run(Collection<PackUse> packs, Session session, Retrier.Check check) throws IOException {
    Map<PackId, Integer> types = new HashMap<>();
    packs.forEach(use -> types.put(use.pack().id(), use.pack().type()));
    try (PackReader reader = new PackReader(domain.objects(), domain.packKeys());
        FrameCodec codec = new FrameCodec()) {
      ChunkNamer namer = domain.namers().get();
      for (int run = 0; run < index.runs().size(); run++) {
        PackContents contents = new PackContents(index.runs().get(run), types.keySet());
        for (PackId pack : contents.packs()) {
          PackWriter target = session.packs(types.getOrDefault(pack, PackFrames.DATA));
          for (Map.Entry<Integer, PackContents.Frame> entry : contents.frames(pack).entrySet()) {
            check.run();
            move(pack, entry.getKey(), entry.getValue(), run, reader, codec, namer, target);
          }
        }
      }
    }
  }

  private void move(
      PackId pack,
      int offset,
      PackContents.Frame frame,
      int run,
      PackReader reader,
      FrameCodec codec,
      ChunkNamer namer,
      PackWriter target)
      throws IOException {
    List<PackContents.Chunk> live = new ArrayList<>();
    for (PackContents.Chunk chunk : frame.chunks()) {
      if (marker.isLive(run, chunk.record())) {
        live.add(chunk);
      }
    }
    if (live.isEmpty()) {
      return;
    }
    PackReader.Raw raw = reader.readRaw(pack, offset, frame.sealed());
    PackReader.Frame decoded = reader.decode(pack, offset, raw);
    long[] prefixes = new long[2 * live.size()];
    for (int i = 0; i < live.size(); i++) {
      PackContents.Chunk chunk = live.get(i);
      verify(pack, offset, decoded, chunk, namer);
      prefixes[2 * i] = chunk.first();
      prefixes[2 * i + 1] = chunk.second();
    }
    if (live.size() == decoded.chunks()) {
      target.add(
          raw.header().codec(),
          raw.header().stride(),
          raw.header().content(),
          prefixes,
          raw.body(),
          raw.header().body(),
          raw.body(),
          0,
          0);
      return;
    }
    repack(decoded, live, prefixes, codec, target);
  }

  private void repack(
      PackReader.Frame decoded,
      List<PackContents.Chunk> live,
      long[] prefixes,
      FrameCodec codec,
      PackWriter target)
      throws IOException {
    ByteOutput content = new ByteOutput(decoded.content().length);
    ByteOutput table = new ByteOutput(4 * live.size());
    for (PackContents.Chunk chunk : live) {
      content.raw(decoded.content(), decoded.start(chunk.slot()), decoded.length(chunk.slot()));
      if (live.size() > 1) {
        table.varint(decoded.length(chunk.slot()));
      }
    }
    EncodedFrame coded = codec.encode(content.array(), 0, content.size(), Coding.SMALL_FILES);
    target.add(
        coded.codec(),
        coded.stride(),
        content.size(),
        prefixes,
        table.array(),
        table.size(),
        coded.bytes(),
        coded.offset(),
        coded.length());
  }

  private void verify(
      PackId pack, int offset, PackReader.Frame frame, PackContents.Chunk chunk, ChunkNamer namer)
      throws IOException {
    boolean isSame = chunk.slot() < frame.chunks();
    if (isSame) {
      var name = namer.name(frame.content(), frame.start(chunk.slot()), frame.length(chunk.slot()));
      isSame = name.first() == chunk.first() && name.second() == chunk.second();
    }
    if (!isSame) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot rewrite "
              + domain.objects().full(pack.key())
              + ": the chunk "
              + chunk.slot()
              + " of its frame at "
              + offset
              + " is not what the index says. Run a check, then a repair.");
    }
  }
}
