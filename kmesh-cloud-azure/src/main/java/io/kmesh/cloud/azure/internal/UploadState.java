// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.models.Block;
import io.kmesh.spi.store.UploadPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the blocks of a key that are not committed say of its uploads. Immutable.
 *
 * @param header what the upload was started with
 * @param parts the last block of each part
 */
record UploadState(UploadHeader header, Map<Integer, Held> parts) {
  /**
   * A block that Azure holds.
   *
   * @param id its name
   * @param size its bytes
   */
  record Held(BlockId id, long size) {
    UploadPart part() {
      return new UploadPart(id.number(), id.etag(), size);
    }
  }

  /** The uploads that are neither aborted nor only half begun, by their id. */
  static Map<String, UploadState> of(List<Block> blocks) {
    Map<String, List<Held>> byUpload = new TreeMap<>();
    for (Block block : blocks) {
      BlockId.decode(block.getName())
          .ifPresent(
              id ->
                  byUpload
                      .computeIfAbsent(id.upload(), u -> new ArrayList<>())
                      .add(
                          new Held(
                              id, id.kind() == BlockId.Kind.EMPTY_PART ? 0 : block.getSizeLong())));
    }
    Map<String, UploadState> states = new TreeMap<>();
    byUpload.forEach((id, held) -> of1(held).ifPresent(state -> states.put(id, state)));
    return states;
  }

  private static Optional<UploadState> of1(List<Held> held) {
    List<BlockId> header = new ArrayList<>();
    Map<Integer, Held> parts = new TreeMap<>();
    for (Held block : held) {
      switch (block.id().kind()) {
        case ABORTED -> {
          return Optional.empty();
        }
        case HEADER -> header.add(block.id());
        case PART, EMPTY_PART ->
            parts.merge(
                block.id().number(), block, (a, b) -> a.id().stamp() >= b.id().stamp() ? a : b);
      }
    }
    return header.isEmpty()
        ? Optional.empty()
        : UploadHeader.decode(header).map(h -> new UploadState(h, parts));
  }

  /** The parts by number. */
  List<UploadPart> uploadParts() {
    return parts.values().stream().map(Held::part).toList();
  }
}
