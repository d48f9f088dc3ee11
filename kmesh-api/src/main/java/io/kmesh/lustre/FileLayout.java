// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The layout that a file has, or that a directory gives to new files, whole: plain, composite
 * (PFL), with mirrors (FLR), self-extending, on an MDT (DoM), released, foreign; flags and patterns
 * of newer releases are kept as bits. {@link Layout} is the simpler value that one mostly asks for:
 * see {@link #asLayout()}.
 *
 * <p>As a request (what {@link LayoutOptions} reads, and {@link #asRequest()} makes of a file's
 * layout) it has no ids, generations and objects; mirrors then are told apart by their ranges: one
 * begins where a component begins before the end of the one before. Immutable.
 *
 * <p>Sources: {@code struct lov_comp_md_v1}, {@code lov_user_md_v1}, {@code lov_user_md_v3}, {@code
 * lov_foreign_md}.
 *
 * @param form whether there is a header with a list of components
 * @param generation a number that grows with each change, unsigned; of a composite layout (a plain
 *     one has it in {@link Striping#offset()})
 * @param flags 16 bits of {@code lcm_flags}: see {@link #mirrorState()}
 * @param mirrorCount 1 to 65,536; 1 for a file without mirrors
 * @param parityCount {@code lcm_ec_count}, 0 to 255; 0 without erasure coding
 * @param components at least one for a plain layout; a composite one may have none
 */
public record FileLayout(
    Form form,
    int generation,
    int flags,
    int mirrorCount,
    int parityCount,
    List<FileComponent> components) {
  /** How the components are stored. */
  public enum Form {
    /** One component without a header: no id, no flags, no range but the whole file. */
    PLAIN,
    /** A header and a list of components. */
    COMPOSITE
  }

  /** What {@code lcm_flags} says of mirrors. Source: {@code enum lov_comp_md_flags}. */
  public enum MirrorState {
    /** No mirrors. */
    NONE,
    /** All mirrors hold the same. */
    READ_ONLY,
    /** Some are stale: the file was written and not resynced. */
    WRITE_PENDING,
    /** A resync runs. */
    SYNC_PENDING
  }

  /** Checks ranges. */
  public FileLayout {
    components = List.copyOf(components);
    if (form == Form.PLAIN && components.size() != 1) {
      throw new IllegalArgumentException(
          "A plain layout has one component, not " + components.size() + ".");
    }
    if (flags >>> 16 != 0 || mirrorCount < 1 || mirrorCount > 65_536 || parityCount >>> 8 != 0) {
      throw new IllegalArgumentException(
          "A layout has flags of 16 bits, 1 to 65536 mirrors and at most 255 parity stripes, not "
              + flags
              + ", "
              + mirrorCount
              + " and "
              + parityCount
              + ".");
    }
  }

  /** A plain layout. */
  public static FileLayout plain(FileComponent.Content content) {
    return new FileLayout(Form.PLAIN, 0, 0, 1, 0, List.of(FileComponent.whole(content)));
  }

  /** A composite layout of one mirror to ask for. */
  public static FileLayout composite(List<FileComponent> components) {
    return new FileLayout(Form.COMPOSITE, 0, 0, 1, 0, components);
  }

  /** What is asked for as a value of this type: a plain layout when it has one component. */
  public static FileLayout of(Layout layout) {
    List<FileComponent> components = new ArrayList<>();
    for (LayoutComponent c : layout.components()) {
      components.add(FileComponent.request(c.start(), c.end(), 0, Striping.of(c)));
    }
    return components.size() == 1 && layout.components().get(0).pattern() != StripePattern.MDT
        ? plain(components.get(0).content())
        : composite(components);
  }

  /** The state of the mirrors. */
  public MirrorState mirrorState() {
    return MirrorState.values()[flags & 3];
  }

  /** Whether a component says that the data are in an archive only. */
  public boolean isReleased() {
    return components.stream().anyMatch(c -> c.striping().filter(Striping::isReleased).isPresent());
  }

  /** The foreign layout that stands for the whole file, when this is one. */
  public Optional<ForeignLayout> foreign() {
    return form == Form.PLAIN && components.get(0).content() instanceof ForeignLayout f
        ? Optional.of(f)
        : Optional.empty();
  }

  /** The components of each mirror: by their ids, or by their ranges where there are none. */
  public List<List<FileComponent>> mirrors() {
    List<List<FileComponent>> mirrors = new ArrayList<>();
    FileComponent last = null;
    for (FileComponent c : components) {
      if (last == null || c.beginsMirrorAfter(last)) {
        mirrors.add(new ArrayList<>());
      }
      mirrors.get(mirrors.size() - 1).add(c);
      last = c;
    }
    return mirrors.stream().map(List::copyOf).toList();
  }

  /**
   * This layout as the simpler value; empty where that can't hold it: several mirrors, a component
   * that extends itself, a foreign or unknown pattern, ranges that do not cover the file.
   */
  public Optional<Layout> asLayout() {
    if (mirrorCount > 1) {
      return Optional.empty();
    }
    List<LayoutComponent> simple = new ArrayList<>();
    for (FileComponent c : components) {
      Optional<LayoutComponent> one = c.asLayoutComponent();
      if (one.isEmpty()) {
        return Optional.empty();
      }
      simple.add(one.get());
    }
    try {
      return Optional.of(new Layout(simple, isReleased()));
    } catch (IllegalArgumentException e) {
      // A gap, or an end before the end of the file.
      return Optional.empty();
    }
  }

  /**
   * What to ask for to get such a layout: without ids, generations, times, objects, states, and
   * self-extending components as they are in the beginning.
   */
  public FileLayout asRequest() {
    List<FileComponent> asked = new ArrayList<>();
    for (List<FileComponent> mirror : mirrors()) {
      asked.addAll(Requests.ofMirror(mirror));
    }
    int mirrors = form == Form.PLAIN ? 1 : Math.max(1, mirrors().size());
    return new FileLayout(form, 0, mirrors > 1 ? 1 : 0, mirrors, 0, asked);
  }
}
