// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.ArrayList;
import java.util.List;

/** Makes of the components that a file has those that one would ask for. */
final class Requests {
  /** What says how a file is now, not what was asked for. */
  private static final int STATES =
      ComponentFlag.INIT.bits() | ComponentFlag.STALE.bits() | ComponentFlag.OFFLINE.bits();

  private Requests() {}

  static List<FileComponent> ofMirror(List<FileComponent> mirror) {
    List<FileComponent> asked = new ArrayList<>();
    for (int i = 0; i < mirror.size(); i++) {
      FileComponent c = mirror.get(i);
      FileComponent next = i + 1 < mirror.size() ? mirror.get(i + 1) : null;
      if (next != null
          && next.has(ComponentFlag.EXTENSION)
          && next.start() == c.end()
          && !c.has(ComponentFlag.EXTENSION)
          && c.content() instanceof Striping s) {
        asked.addAll(
            extending(
                c.start(), next.end(), c.flags() & ~STATES, asked(c, s), next.extensionSize()));
        i++;
      } else {
        asked.add(
            FileComponent.request(c.start(), c.end(), c.flags() & ~STATES, asked(c, c.content())));
      }
    }
    return asked;
  }

  /**
   * A component that extends itself, in the beginning: the first of a file has one extension's
   * size, others are empty; the rest of the range is the extension's.
   */
  static List<FileComponent> extending(
      long start, long end, int flags, FileComponent.Content content, long extension) {
    long until = start == 0 && Long.compareUnsigned(extension, end) < 0 ? extension : start;
    Striping s = (Striping) content;
    Striping rest =
        new Striping(
            s.magic(),
            s.pattern(),
            extension / 1024,
            s.stripeCount(),
            s.offset(),
            s.poolOrNull(),
            s.owner(),
            List.of());
    return List.of(
        FileComponent.request(start, until, flags, content),
        FileComponent.request(until, end, flags | ComponentFlag.EXTENSION.bits(), rest));
  }

  private static FileComponent.Content asked(FileComponent c, FileComponent.Content content) {
    if (!(content instanceof Striping s)) {
      return content;
    }
    if (s.isOnMdt()) {
      return Striping.onMdt(c.end() - c.start());
    }
    boolean isRequest = s.magic() == Striping.SPECIFIC;
    boolean hasObjects = !s.objects().isEmpty() && !isRequest;
    return new Striping(
        isRequest ? Striping.SPECIFIC : s.pool().isPresent() ? Striping.V3 : Striping.V1,
        pattern(s.pattern() & ~Striping.RELEASED),
        s.stripeSize(),
        s.stripeCount(),
        hasObjects || s.isReleased() ? -1 : s.offset(),
        s.poolOrNull(),
        Striping.Owner.NONE,
        isRequest ? s.objects() : List.of());
  }

  /** A pattern that was left open is the usual one. */
  private static int pattern(int bits) {
    return bits == 0 || bits == Striping.OVERSTRIPING ? bits | Striping.RAID0 : bits;
  }
}
