// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.StoreCapability;
import io.kmesh.store.StoreFinding.Outcome;
import io.kmesh.store.StoreFinding.Use;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The checks of a store, in their order, with what follows when one does not pass. */
enum StoreCheck {
  READ("write-and-read", null) {
    @Override
    void say(Follows f) {
      f.all("it can't be used", "it can't be used");
    }
  },
  RANGE("read-range", null) {
    @Override
    void say(Follows f) {
      f.all("", "what is read is wrong; checksums find it, and restores fail");
    }
  },
  MISSING("missing-object", null) {
    @Override
    void say(Follows f) {
      f.all("", "what is not there can't be told from what can't be read: most work stops");
    }
  },
  CREATE("create-if-absent", StoreCapability.CONDITIONAL_CREATE) {
    @Override
    void say(Follows f) {
      f.snapshots(
          "writers take turns by leases, which waits for clocks",
          "two writers may overwrite each other, and snapshots be lost: open it without this"
              + " capability (s3: conditional-writes=off)");
      f.mirrored("refused", "two writers may overwrite each other unnoticed: use one at a time");
    }
  },
  CREATE_RACE("create-race", StoreCapability.CONDITIONAL_CREATE) {
    @Override
    void say(Follows f) {
      f.snapshots(
          "writers take turns by leases, which waits for clocks",
          "two writers at one moment may overwrite each other, and snapshots be lost: use one at a"
              + " time, or open it without this capability (s3: conditional-writes=off)");
      f.mirrored(
          "refused", "two writers at one moment may overwrite each other: use one at a time");
    }
  },
  REPLACE("replace-if-match", StoreCapability.CONDITIONAL_REPLACE) {
    @Override
    void say(Follows f) {
      f.mirrored("refused", "what others wrote meanwhile may be overwritten unnoticed");
    }
  },
  REPLACE_RACE("replace-race", StoreCapability.CONDITIONAL_REPLACE) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "refused", "two writers at one moment may overwrite each other: use one at a time");
    }
  },
  DELETE("delete", null) {
    @Override
    void say(Follows f) {
      f.all("", "what is removed stays, or more goes than was named");
    }
  },
  DELETE_IF("delete-if-match", StoreCapability.CONDITIONAL_DELETE) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "a removal looks first: what is written in that moment goes too",
          "a removal may take what others just wrote");
    }
  },
  MULTIPART("multipart", StoreCapability.MULTIPART) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "files larger than one put are refused", "files larger than one put fail or are damaged");
    }
  },
  MULTIPART_IF("multipart-conditions", StoreCapability.MULTIPART) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "files larger than one put are refused",
          "a large file may overwrite what others wrote meanwhile");
    }
  },
  MULTIPART_ABORT("multipart-abort", StoreCapability.MULTIPART) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "files larger than one put are refused",
          "an upload that is gone is noticed late, or its parts are kept and paid for: give the"
              + " bucket a rule that ends uploads");
    }
  },
  COPY("copy", StoreCapability.COPY) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "a rename, or a change of attributes alone, sends the bytes again",
          "renames and changes of attributes fail or lose something: open it without this capability"
              + " (s3: without=copy)");
    }
  },
  COPY_IF("copy-conditions", StoreCapability.COPY) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "a rename, or a change of attributes alone, sends the bytes again",
          "a rename may overwrite what others wrote meanwhile: use one writer at a time");
    }
  },
  PART_COPY("copy-parts", StoreCapability.PART_COPY) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "what is larger than the store copies at once is sent again when it is renamed",
          "renames of what is larger than the store copies at once fail or lose something: open it"
              + " without this capability (s3: without=part-copy)");
    }
  },
  KEYS("awkward-keys", null) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "files with such names are refused by name",
          "files with such names are refused, or are stored under another name");
    }
  },
  LONG_KEYS("long-keys", null) {
    @Override
    void say(Follows f) {
      f.mirrored("", "long paths fail when they are stored, and not before");
    }
  },
  ORDER("list-order", StoreCapability.UTF8_KEY_ORDER) {
    @Override
    void say(Follows f) {
      f.snapshots("", "lists may miss objects: open it without this capability");
      f.mirrored(
          "each listing is sorted here, beyond 65,536 keys with files",
          "what is there may count as gone; flows refuse to list it: open it without this"
              + " capability (s3: without=utf8-key-order)");
    }
  },
  PAGES("list-pages", null) {
    @Override
    void say(Follows f) {
      f.all("", "lists miss objects or give them twice: what is there may count as deleted");
    }
  },
  LEVELS("list-levels", null) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "a look at one directory of a large mirror lists all below it",
          "a look at one directory may miss entries");
    }
  },
  METADATA("metadata", StoreCapability.USER_METADATA) {
    @Override
    void say(Follows f) {
      f.mirrored("refused", "attributes of files are lost: modes, owners, times");
    }
  },
  METADATA_SIZE("metadata-size", StoreCapability.USER_METADATA) {
    @Override
    void say(Follows f) {
      f.mirrored("refused", "files with many attributes fail or lose some");
    }
  },
  SHA256("sha256", StoreCapability.SHA256) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "Kmesh alone compares what is read with the SHA-256 that it keeps as metadata",
          "damage on the way is found when it is read, not when it is written");
    }
  },
  UPLOAD_SHA256("upload-sha256", StoreCapability.UPLOAD_SHA256) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "of large files the parts alone are compared",
          "damage of a large file on the way is found when it is read");
    }
  },
  CRC32C("crc32c", StoreCapability.CRC32C) {
    @Override
    void say(Follows f) {
      f.snapshots(
          "a pack that is damaged on the way is found when it is read",
          "a pack that is damaged on the way is found when it is read, not when it is written");
    }
  },
  CONSISTENCY("read-after-write", StoreCapability.STRONG_CONSISTENCY) {
    @Override
    void say(Follows f) {
      f.all("refused", "what was just written may count as missing, and be lost");
    }
  },
  CLASS("storage-class", StoreCapability.STORAGE_CLASS) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "all objects are kept in the store's default class",
          "objects may be kept in another class than was asked, at another price");
    }
  },
  RESTORE("archive-restore", StoreCapability.ARCHIVE_RESTORE) {
    @Override
    void say(Follows f) {
      f.mirrored(
          "what a life-cycle rule moves to an archive must be restored by the store's own tools",
          "what lies in an archive may not come back");
    }
  },
  VERSIONS("versions", StoreCapability.VERSIONS) {
    @Override
    void say(Follows f) {
      f.snapshots(
          "what is overwritten or deleted by mistake is gone", "old versions can't be relied upon");
      f.mirrored(
          "what is overwritten or deleted by mistake is gone", "old versions can't be relied upon");
    }
  },
  CLOCK("clock", null) {
    @Override
    void say(Follows f) {
      f.all(
          "ages of objects and leases can't be compared with a clock",
          "signed requests are refused when clocks differ by 15 minutes (s3:), and ages of objects"
              + " are wrong: set the clock of this machine, or the server's");
    }
  },
  SOAK("soak", null) {
    @Override
    void say(Follows f) {
      f.all("", "long work fails, or waits for what failed to be tried again");
    }
  },
  CLEAN("clean-up", null) {
    @Override
    void say(Follows f) {
      f.all("", "what the check wrote remains and is paid for: remove its prefix");
    }
  };

  private final String label;
  private final @Nullable StoreCapability capability;

  StoreCheck(String label, @Nullable StoreCapability capability) {
    this.label = label;
    this.capability = capability;
  }

  /** What each use has from an outcome. */
  static final class Follows {
    private final Outcome outcome;
    private final Map<Use, String> texts = new EnumMap<>(Use.class);

    private Follows(Outcome outcome) {
      this.outcome = outcome;
    }

    void put(Use use, String absent, String failed) {
      String text = outcome == Outcome.ABSENT ? absent : failed;
      if (!text.isEmpty()) {
        texts.put(use, text);
      }
    }

    void snapshots(String absent, String failed) {
      put(Use.SNAPSHOTS, absent, failed);
    }

    void mirrored(String absent, String failed) {
      put(Use.MIRRORS, absent, failed);
      put(Use.FLOWS, absent, failed);
      put(Use.ARCHIVE, absent, failed);
    }

    void all(String absent, String failed) {
      snapshots(absent, failed);
      mirrored(absent, failed);
    }
  }

  abstract void say(Follows f);

  String label() {
    return label;
  }

  /** The capability that it tries; null for what every store has to do. */
  @Nullable StoreCapability capability() {
    return capability;
  }

  /** Whether it looks at lists of what it has just written. */
  boolean isOfLists() {
    return EnumSet.of(KEYS, LONG_KEYS, ORDER, PAGES, LEVELS).contains(this);
  }

  StoreFinding finding(Outcome outcome, String reason) {
    Follows follows = new Follows(outcome);
    if (outcome != Outcome.PASS) {
      say(follows);
    }
    return new StoreFinding(label, outcome, reason, follows.texts);
  }
}
