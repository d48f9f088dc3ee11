// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import com.google.common.collect.ForwardingList;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;

/** Signatures that users must not see. */
public final class OffendingSignatures {
  private OffendingSignatures() {}

  /** A library's type as a parameter. */
  public static final class ForeignParameter {
    /** Takes a list of Guava. */
    public int size(ImmutableList<String> list) {
      return list.size();
    }
  }

  /** A library's type within another. */
  public static final class ForeignArgument {
    /** Returns a list of Guava. */
    public Optional<List<? extends ImmutableList<String>>> lists() {
      return Optional.empty();
    }
  }

  /** A library's type as a parent. */
  public abstract static class ForeignParent extends ForwardingList<String> {}

  /** A banned word. */
  public static final class StoreManager {}

  /** A banned word. */
  public static final class PathUtils {}

  /** A mode as a boolean. */
  public static final class BooleanParameter {
    /** Deletes. */
    public void delete(String key, boolean recursive) {}
  }

  /** A mode as a boolean. */
  public static final class BooleanInConstructor {
    /** Makes one. */
    public BooleanInConstructor(boolean eager) {}
  }

  /** A getter. */
  public static final class Getter {
    /** The name. */
    public String getName() {
      return "";
    }
  }

  /** An array that anybody can change. */
  public record ArrayRecord(byte[] bytes) {}

  /** A time as a number. */
  public static final class Millis {
    /** The age. */
    public long ageMillis() {
      return 1;
    }
  }
}
