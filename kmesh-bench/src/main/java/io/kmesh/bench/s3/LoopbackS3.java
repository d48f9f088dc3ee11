// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A process with buckets of any names, which are there, on a free port of loopback: {@code FOLDER}.
 * It does as little as it can for each request, so that it is the clients that are measured: it
 * checks no signature and no checksum, and syncs nothing. It computes the MD5 of objects that are
 * put whole, which clients compare, and holds to If-Match and If-None-Match. Prints its URL, and
 * ends with its input.
 */
public final class LoopbackS3 {
  private static final int THREADS = 64;

  private LoopbackS3() {}

  /**
   * Serves.
   *
   * @param args an empty folder for contents
   */
  public static void main(String[] args) throws IOException {
    // Else each answer in two packets waits for an acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
    Path folder = Files.createDirectories(Path.of(args[0]));
    Map<String, Bucket> buckets = new ConcurrentHashMap<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    server.setExecutor(threads);
    server.createContext(
        "/",
        http -> {
          try (http) {
            new S3Exchange(http, name -> bucket(buckets, folder, name)).answer();
          } catch (RuntimeException e) {
            System.err.println(http.getRequestMethod() + " " + http.getRequestURI() + ": " + e);
            throw e;
          }
        });
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
    while (System.in.read() >= 0) {
      // until its end
    }
    System.exit(0);
  }

  private static Bucket bucket(Map<String, Bucket> buckets, Path folder, String name) {
    return buckets.computeIfAbsent(name, n -> new Bucket(folder, n));
  }
}
