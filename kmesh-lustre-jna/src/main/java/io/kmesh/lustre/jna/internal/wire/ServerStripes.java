// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a server keeps of a directory that is spread over MDTs ({@code trusted.lmv}): another struct
 * than the one that clients are told ({@link DirectoryStripes}). There is no table of it; this is
 * how a captured one of Lustre 2.17 lies, and what has no name here is kept as it is.
 *
 * @param master the index that stands third, 0 where that was captured
 * @param hash kind and flags of the hash of names
 * @param unnamed the ten words behind, of 32 bits
 * @param stripes the directories of the stripes
 */
public record ServerStripes(int master, int hash, List<Integer> unnamed, List<Fid> stripes) {
  private static final String OBJECT = "a server's stripes of a directory";
  private static final int COUNT = 4;
  private static final int MASTER = 8;
  private static final int HASH = 12;
  private static final int UNNAMED = 16;
  private static final int UNNAMED_WORDS = 10;
  private static final int STRIPES = UNNAMED + UNNAMED_WORDS * Integer.BYTES;

  /** Copies the lists. */
  public ServerStripes {
    unnamed = List.copyOf(unnamed);
    stripes = List.copyOf(stripes);
  }

  /**
   * Reads the value of {@code trusted.lmv}.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when it is cut, UNSUPPORTED for another struct
   */
  public static ServerStripes decode(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, STRIPES, OBJECT);
    if (in.getInt(0) != AbiConstants.LMV_MAGIC_V1) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          String.format(
              "Cannot read %s of the magic 0x%08X: this build doesn't know its form. Print it with"
                  + " lfs getdirstripe.",
              OBJECT, in.getInt(0)));
    }
    int count = in.getInt(COUNT);
    if (count < 0 || in.limit() - STRIPES != (long) count * Abi.LuFid.SIZE) {
      throw Wire.corrupt(
          OBJECT,
          Integer.toUnsignedString(count) + " stripes are not what " + in.limit() + " bytes hold");
    }
    List<Integer> unnamed = new ArrayList<>(UNNAMED_WORDS);
    for (int i = 0; i < UNNAMED_WORDS; i++) {
      unnamed.add(in.getInt(UNNAMED + i * Integer.BYTES));
    }
    List<Fid> stripes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      stripes.add(Wire.fid(in, STRIPES + i * Abi.LuFid.SIZE));
    }
    return new ServerStripes(in.getInt(MASTER), in.getInt(HASH), unnamed, stripes);
  }

  /** The bytes of this value. */
  public byte[] encode() {
    byte[] bytes = new byte[STRIPES + stripes.size() * Abi.LuFid.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(0, AbiConstants.LMV_MAGIC_V1);
    out.putInt(COUNT, stripes.size());
    out.putInt(MASTER, master);
    out.putInt(HASH, hash);
    for (int i = 0; i < unnamed.size(); i++) {
      out.putInt(UNNAMED + i * Integer.BYTES, unnamed.get(i));
    }
    for (int i = 0; i < stripes.size(); i++) {
      Wire.putFid(out, STRIPES + i * Abi.LuFid.SIZE, stripes.get(i));
    }
    return bytes;
  }
}
