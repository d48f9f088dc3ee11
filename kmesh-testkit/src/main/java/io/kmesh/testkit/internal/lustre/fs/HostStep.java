// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;

/**
 * One change of the backing directories, as the journal holds it. Every step can be done again
 * after a crash: it looks whether it was done.
 */
sealed interface HostStep {
  /** Makes the directory for the names of a new directory. */
  record MakeDirectory(Fid directory) implements HostStep {}

  /** Removes the empty directory of a removed one. */
  record RemoveDirectory(Fid directory) implements HostStep {}

  /** Makes a name. */
  record Enter(Fid directory, PathBytes name, EntryText text) implements HostStep {}

  /** Removes a name that holds a text. */
  record Leave(Fid directory, PathBytes name, EntryText text) implements HostStep {}

  /** Renames a name that holds a text; one of the new name is replaced. */
  record Move(Fid from, PathBytes name, Fid to, PathBytes toName, EntryText text)
      implements HostStep {}

  /** Swaps two names, the first of which holds a text. */
  record Exchange(Fid from, PathBytes name, Fid to, PathBytes toName, EntryText text)
      implements HostStep {}

  /** Writes the step. */
  default void write(ByteWriter out) {
    if (this instanceof MakeDirectory s) {
      out.u8(1).fid(s.directory);
    } else if (this instanceof RemoveDirectory s) {
      out.u8(2).fid(s.directory);
    } else if (this instanceof Enter s) {
      out.u8(3).fid(s.directory).path(s.name).path(s.text.toTarget());
    } else if (this instanceof Leave s) {
      out.u8(4).fid(s.directory).path(s.name).path(s.text.toTarget());
    } else if (this instanceof Move s) {
      out.u8(5).fid(s.from).path(s.name).fid(s.to).path(s.toName).path(s.text.toTarget());
    } else if (this instanceof Exchange s) {
      out.u8(6).fid(s.from).path(s.name).fid(s.to).path(s.toName).path(s.text.toTarget());
    }
  }

  /** Reads a step. */
  static HostStep read(ByteReader in) throws ProviderException {
    int kind = in.u8();
    return switch (kind) {
      case 1 -> new MakeDirectory(in.fid());
      case 2 -> new RemoveDirectory(in.fid());
      case 3 -> new Enter(in.fid(), in.path(in.u16()), text(in));
      case 4 -> new Leave(in.fid(), in.path(in.u16()), text(in));
      case 5 -> new Move(in.fid(), in.path(in.u16()), in.fid(), in.path(in.u16()), text(in));
      case 6 -> new Exchange(in.fid(), in.path(in.u16()), in.fid(), in.path(in.u16()), text(in));
      default -> throw in.corrupt("a step has the unknown kind " + kind);
    };
  }

  private static EntryText text(ByteReader in) throws ProviderException {
    EntryText text = EntryText.parse(in.path(in.u16()));
    if (text == null) {
      throw in.corrupt("a step names no FID");
    }
    return text;
  }
}
