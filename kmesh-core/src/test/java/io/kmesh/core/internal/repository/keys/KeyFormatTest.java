// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static io.kmesh.core.internal.repository.keys.KeyWorld.passphrase;
import static io.kmesh.core.internal.repository.keys.KeyWorld.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.crypto.Box;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The stored forms, as golden.py beside the files made them without Kmesh. */
class KeyFormatTest {
  private static final String DOMAIN = "d000000000000001";
  private static final String WRAPPING = "keys/1-a000000000000001";
  private static final String DOMAIN_KEY = "domains/" + DOMAIN + "/key-1";
  private static final String GRANT = "domains/" + DOMAIN + "/grants/b000000000000001";

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = KeyFormatTest.class.getResourceAsStream("repository-0/" + name)) {
      return in.readAllBytes();
    }
  }

  private static MemoryStore store() throws IOException {
    MemoryStore store = MemoryStore.create();
    for (String key : new String[] {Marker.KEY, WRAPPING, DOMAIN_KEY, GRANT}) {
      KeyWorld.write(store, key, golden(key));
    }
    return store;
  }

  private static Map<String, String> expected() throws IOException {
    Map<String, String> expected = new TreeMap<>();
    for (String line :
        new String(golden("expected.txt"), StandardCharsets.US_ASCII).split("\n", -1)) {
      if (!line.isEmpty()) {
        int space = line.indexOf(' ');
        expected.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    return expected;
  }

  private static void check(DomainKeys keys) throws Exception {
    HexFormat hex = HexFormat.of();
    Map<String, String> actual = new TreeMap<>();
    actual.put("chunk-name", hex.formatHex(keys.chunkNameKey()));
    actual.put(
        "gear-sha256", hex.formatHex(MessageDigest.getInstance("SHA-256").digest(keys.gear())));
    byte[] id = hex.parseHex("000102030405060708090a0b0c0d0e0f");
    actual.put("pack-" + hex.formatHex(id), hex.formatHex(keys.packKey(id)));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(keys.chunkNameKey(), "HmacSHA256"));
    actual.put("name-of-empty-chunk", hex.formatHex(Arrays.copyOf(mac.doFinal(), 24)));
    Map<String, String> expected = expected();
    byte[] object = hex.parseHex(expected.remove("object"));
    byte[] sealed = keys.box().seal(Box.Kind.HEAD, 0, "x", id);
    assertThat(new Box(SecretBytes.copyOf(object)).open(Box.Kind.HEAD, "x", sealed).content())
        .isEqualTo(id);
    assertThat(actual).isEqualTo(expected);
    assertThat(keys.id()).isEqualTo(DOMAIN);
    assertThat(keys.name()).isEqualTo("main");
    assertThat(keys.data()).isEqualTo(Chunking.DATA);
    assertThat(keys.image()).isEqualTo(Chunking.IMAGE);
  }

  @Test
  void golden_wrappingAndDomainKey_areRead() throws Exception {
    try (RepositoryKeys keys =
            RepositoryKeys.open(store(), settings(), passphrase("Gr\u00fc\u00dfe"));
        DomainKeys main = keys.domain("main")) {
      check(main);
      assertThat(keys.repository()).isEqualTo("000102030405060708090a0b0c0d0e0f");
      assertThat(keys.wrappings().get(0).name()).isEqualTo("J\u00fcrgen");
    }
  }

  @Test
  void golden_grant_isRead() throws Exception {
    try (DomainKeys main =
        RepositoryKeys.openByGrant(store(), settings(), null, passphrase("guest"))) {
      check(main);
    }
  }

  @Test
  void golden_jsonForms_areWrittenAsTheyWere() throws IOException {
    assertThat(Marker.decode(golden(Marker.KEY)).encode()).isEqualTo(golden(Marker.KEY));
    for (String key : new String[] {WRAPPING, GRANT}) {
      assertThat(Wrapping.decode(key, golden(key)).encode()).isEqualTo(golden(key));
    }
    byte[] provider =
        "{\"format\":0,\"kind\":\"provider\",\"name\":\"n\",\"reference\":\"lab\",\"version\":\"2\",\"sealed\":\"AAEC\"}"
            .getBytes(StandardCharsets.UTF_8);
    Wrapping read = Wrapping.decode("keys/1-x", provider);
    assertThat(read.encode()).isEqualTo(provider);
    assertThat(read.kind()).isEqualTo(WrappingInfo.Kind.PROVIDER);
  }

  @Test
  void golden_domainsContent_isWrittenAsItWas() throws ProviderException {
    byte[] key = new byte[32];
    Arrays.setAll(new Byte[32], i -> key[i] = (byte) (32 + i));
    DomainSecret secret =
        new DomainSecret("a\"\u00fc", SecretBytes.copyOf(key), Chunking.DATA, Chunking.IMAGE);
    assertThat(new String(secret.encode(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"name\":\"a\\\"\u00fc\",\"key\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\","
                + "\"chunkNames\":1,\"chunking\":{\"data\":[262144,1048576,4194304],"
                + "\"image\":[65536,262144,1048576]}}");
    DomainSecret read = DomainSecret.decode("x", secret.encode());
    assertThat(read.key().reveal()).isEqualTo(key);
    assertThat(read.name()).isEqualTo(secret.name());
    assertThat(read.data()).isEqualTo(secret.data());
  }
}
